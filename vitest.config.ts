import { defineConfig } from 'vitest/config';

/** Shares of tests find nobody outside, and take no port from anybody. */
const env = { PIECEWISE_LAN: 'loopback' };

/**
 * Only what fails takes as long as this: a test that passes goes on the moment that what it waits for is there. Long
 * enough for a machine that is slow and busy with other things.
 */
const patience = {
  testTimeout: 180_000,
  hookTimeout: 180_000,
  expect: { poll: { timeout: 60_000 } },
};

export default defineConfig({
  test: {
    reporters: ['default', './.ci/summary-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src-*/**/*.test.{ts,tsx}', '.ci/**/*.test.ts'],
          ...patience,
          env,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/*.test.ts'],
          globalSetup: 'e2e/global-set-up.ts',
          ...patience,
          fileParallelism: false,
          env,
        },
      },
      {
        test: {
          name: 'interop',
          include: ['e2e/interop/**/*.test.ts'],
          globalSetup: 'e2e/interop/global-set-up.ts',
          ...patience,
          fileParallelism: false,
          env,
        },
      },
    ],
  },
});
