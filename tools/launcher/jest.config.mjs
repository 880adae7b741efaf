import { project } from '../../jest.preset.mjs';

export default project('launcher', { testMatch: ['<rootDir>/*.spec.mjs'] });
