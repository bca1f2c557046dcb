import { defineConfig } from 'vitest/config';

/** Shares of tests find nobody outside, and take no port from anybody. */
const env = { PIECEWISE_LAN: 'loopback' };

export default defineConfig({
  test: {
    reporters: ['default', './.ci/summary-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src-*/**/*.test.{ts,tsx}', '.ci/**/*.test.ts'],
          testTimeout: 30_000,
          env,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/*.test.ts'],
          globalSetup: 'e2e/global-set-up.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          env,
        },
      },
      {
        test: {
          name: 'interop',
          include: ['e2e/interop/**/*.test.ts'],
          globalSetup: 'e2e/interop/global-set-up.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          env,
        },
      },
    ],
  },
});
