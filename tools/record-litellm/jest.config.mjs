import { project } from '../../jest.preset.mjs';

export default project('record-litellm', { testMatch: ['<rootDir>/*.spec.mjs'] });
