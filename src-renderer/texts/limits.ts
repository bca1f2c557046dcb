/** The alternative limits, switched from anywhere. */
export const limitsTexts = {
  on: 'Slow',
  off: 'Full speed',
  scheduledOn: 'Slow, by schedule',
  scheduledOff: 'Full speed, by schedule',
  title: (down: string, up: string) => `Alternative limits: ${down} down, ${up} up, for all shares together.`,
  turnOn: 'Click to hold the alternative limits.',
  turnOff: 'Click to go back to the usual limits.',
  noLimit: 'no limit',
  label: 'Alternative limits',
} as const;
