/** What stands around every page. */
export const frameTexts = {
  titleOf: (page: string) => `${page}, Piecewise`,
  skip: 'Skip to the page',
  goTo: 'Go to a swarm, peer or piece',
  goToKey: 'Ctrl K',
  navigation: 'Pages and swarms',
  home: 'Home',
  settings: 'Settings',
  network: 'Network check',
  nearby: 'Nearby',
  lab: 'Lab',
  groups: { course: 'Course swarms', demo: 'Demos', replay: 'Replays', share: 'Shares' },
  localOnly: 'Local network only',
  reachesOut: 'Reaches the internet, as set',
  computer: (name: string, address: string | undefined) =>
    address === undefined ? name : `${name}, ${address}`,
  connectionLost: 'The app does not answer. What you see is from before.',
  connectionAgain: 'Trying again all the time; nothing needs to be done here.',
  notices: 'Notices',
  oneAtATime: (name: string, count: number) =>
    `Only "${name}" is opened; ${count - 1} more ${count === 2 ? 'was' : 'were'} dropped with it.`,
  listedAlready: (name: string) => `${name} is on your list already.`,
  drop: {
    title: 'Drop it anywhere',
    text: 'A file or folder is shared; a .torrent or link is fetched; a course folder starts its swarm.',
    plan: 'A plan or PeerInfo.cfg is opened; any other file becomes the one to share.',
    report: 'Folders of the machines, and zips of them, are put on the list.',
  },
} as const;
