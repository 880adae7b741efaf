import { project } from '../../jest.preset.mjs';

export default project('dependencies', { testMatch: ['<rootDir>/*.spec.mjs'] });
