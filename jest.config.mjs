export default { projects: ['<rootDir>/{apps,libs,tools}/*/jest.config.mjs', '<rootDir>/e2e/jest.config.mjs'] };
