// Everything is turned into CommonJS, node_modules included: on Node 20 jest's own ESM mode fails on packages that mix
// the two module systems. The gRPC packages are CommonJS already and rely on not being touched.
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  reporters: ['default', '<rootDir>/test/support/closing-line.reporter.cjs'],
  globalSetup: '<rootDir>/test/support/global-setup.cjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.cjs',
  setupFiles: ['reflect-metadata'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.(t|j|mj)s$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
          keepClassNames: true,
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  transformIgnorePatterns: [
    '/node_modules/(@eventstore|@grpc|google-protobuf|protobufjs|typescript)/',
    '<rootDir>/dist/',
    '<rootDir>/build/',
  ],
  testTimeout: 30_000,
  // Suites leave memory behind: in one process for all of them the last ones would be held up by its garbage collection.
  workerIdleMemoryLimit: '1GB',
  // A test that fails before it has stopped its server must not keep the run from ending.
  // oxlint-disable-next-line node/no-process-env -- of the test run, not of the service
  forceExit: process.env.CI === 'true',
};
