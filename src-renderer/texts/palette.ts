/** The list of everything that can be gone to or done, and the list of keys. */
export const paletteTexts = {
  title: 'Go to',
  placeholder: 'Swarm, peer, piece or action',
  results: 'Results',
  count: (count: number) => (count === 1 ? '1 result' : `${count} results`),
  nothing: (query: string) => `Nothing is called "${query}".`,
  nothingHint: 'Try the name of a swarm, the ID of a peer, or "piece 17" while a swarm is shown.',
  groups: { piece: 'Piece', swarm: 'Swarms', peer: 'Peers', action: 'Actions' },
  keys: { move: 'to move', choose: 'to choose', close: 'to close' },
  peer: (peer: string) => `Peer ${peer}`,
  piece: (piece: number) => `Piece ${piece}`,
  pieceOf: (name: string, count: number) => `of ${name}, 0 to ${count - 1}`,
  actions: {
    home: 'Home',
    settings: 'Settings',
    file: 'Choose a file to share',
    magnet: 'Fetch by magnet link',
    torrent: 'Open a .torrent file',
    nearby: 'Show what others share nearby',
    machine: 'Enter the address of a computer',
    network: 'Network check',
    lab: 'Plan a lab',
    labReport: 'Collect a lab after its run',
    limits: 'Alternative limits on or off',
    folder: 'Open a course folder',
    journal: 'Open a journal',
    demo: 'Watch a demo',
    theme: 'Change between light and dark',
    present: 'Presentation mode',
    keys: 'Show the keys',
  },
} as const;

export const keysTexts = {
  title: 'Keys',
  everywhere: 'Everywhere',
  home: 'On a row of Home',
  swarm: 'On a swarm',
  lab: 'On the plan of a lab',
  all: {
    everywhere: [
      [['Ctrl', 'K'], 'Go to a swarm, peer or piece'],
      [['Ctrl', 'O'], 'Choose a file to share'],
      [['Ctrl', 'V'], 'Fetch by the magnet link on the clipboard'],
      [['T'], 'Light or dark'],
      [['?'], 'These keys'],
      [['Tab'], 'To the next control; Shift Tab back'],
      [['Esc'], 'Close, or back'],
    ],
    home: [
      [['↑', '↓'], 'Another row'],
      [['Enter'], 'Open it'],
      [['Delete'], 'Remove it from the list'],
    ],
    swarm: [
      [['Space'], 'Play, pause'],
      [['←', '→'], 'One second back or on'],
      [['Shift', '←', '→'], 'To the last or next decision'],
      [['L'], 'Live'],
      [['1', '2', '3'], 'Pieces, choking, log'],
      [['4', '5', '6', '7'], 'Of a share: files, trackers, peers, details'],
      [['A'], 'This peer or all flows'],
      [['/'], 'Find in the log'],
      [['P'], 'Presentation mode'],
      [['↑', '↓'], 'Another neighbour'],
      [['Enter'], 'Look at that neighbour everywhere'],
    ],
    lab: [
      [['Alt', '↑', '↓'], 'A peer one place up or down'],
      [['Alt', '←', '→'], 'A peer to the machine before or after'],
      [['Ctrl', 'Z'], 'Undo'],
      [['Ctrl', 'Y'], 'Redo'],
    ],
  },
} as const satisfies {
  readonly all: Record<string, readonly (readonly [readonly string[], string])[]>;
  readonly [name: string]: unknown;
};
