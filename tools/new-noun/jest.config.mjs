import { project } from '../../jest.preset.mjs';

export default project('new-noun', { testMatch: ['<rootDir>/*.spec.mjs'] });
