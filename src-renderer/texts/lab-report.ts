import { plural } from './common.ts';

/** What came of a lab's run. */
export const labReportTexts = {
  nothing: 'Logs and files of all machines, held against the protocol.',
  title: 'Folders and zips of the machines',
  text: 'Choose the folder of each machine as it came back, or a zip of it. They can be dropped into the window, all at once.',
  addFolder: 'Add a folder',
  addZip: 'Add a zip',
  none: 'Nothing is chosen yet',
  noneText: 'A folder that holds the folders of all machines does as well.',
  count: (count: number) => plural(count, 'folder or zip', 'folders and zips'),
  remove: (name: string) => `Take ${name} off the list`,
  collect: 'Hold them against the protocol',
  collecting: 'Reading logs and files …',
  again: 'Change what is collected',
  reveal: 'Show the HTML report',
  html: 'The same report, as one printable HTML file:',
  verdicts: {
    ok: 'All is well',
    warning: 'Doubtful',
    'not-shown': 'Not shown',
    contradiction: 'Contradicts the protocol',
  },
  verdict: 'Verdict',
  whereLabel: 'The report as a file',
  unknown: 'unknown',
  shared: (name: string, size: string, pieces: number, pieceSize: string) =>
    `${name}, ${size} in ${plural(pieces, 'piece', 'pieces')} of ${pieceSize}.`,
  rounds: (preferred: number, unchoking: number, optimistic: number) =>
    `${preferred} preferred every ${unchoking} s, optimistic every ${optimistic} s.`,
  ran: (from: string, to: string) => `Logged from ${from} to ${to}.`,
  notices: 'About the folders',
  machines: {
    title: 'Machines',
    name: 'Machine',
    host: 'Address',
    peers: 'Peers',
    clock: 'Clock',
    clockText: (aheadMs: number) =>
      Math.abs(aheadMs) < 2000
        ? 'as the first'
        : `${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs > 0 ? 'ahead' : 'behind'}`,
    folder: 'Collected from',
    missing: 'Was not among the folders',
  },
  peers: {
    title: 'Peers',
    peer: 'Peer',
    role: 'Role',
    roles: { seed: 'Seed', downloader: 'Downloader' },
    file: 'File',
    complete: 'Complete',
    incomplete: 'Not complete',
    noLog: 'No log',
    noFile: 'No copy of the file',
    downloaded: 'Downloaded',
    sha: (sum: string) => `SHA-256 ${sum}`,
    from: 'Pieces from',
    noSources: 'none',
    source: (peer: string, pieces: number) => `${peer}: ${pieces}`,
    duration: 'Time',
    rate: 'Rate',
    unchokes: 'Unchoked, choked',
    times: (unchokes: number, chokes: number) => `${unchokes}, ${chokes}`,
  },
  checks: {
    title: 'Checks',
    summary: (good: number, others: number) =>
      others === 0 ? `all ${good} as they should be` : `${good} as they should be, ${others} not`,
    peers: (peers: readonly string[]) => `${peers.length === 1 ? 'Peer' : 'Peers'} ${peers.join(', ')}`,
    evidence: (lines: number) => plural(lines, 'line of the logs', 'lines of the logs'),
    at: (file: string, line: number) => `${file}, line ${line}`,
  },
} as const;
