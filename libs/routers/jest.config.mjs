import { project } from '../../jest.preset.mjs';

export default project('routers', { testEnvironment: '<rootDir>/jest.onnx-environment.mjs' });
