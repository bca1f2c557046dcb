/** The names under which the preload and the main process speak to each other; there are no others. */
export const channels = {
  /** A page has begun: its name, which the messages to it carry. */
  opened: 'piecewise:opened',
  toApp: 'piecewise:to-app',
  toScreen: 'piecewise:to-screen',
  /** Paths of what the user dropped, asked of the system by the preload. */
  drop: 'piecewise:drop',
} as const;
