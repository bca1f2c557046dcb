/** Why something on the local network does not work, in words that say what to do where something can be done. */
export function lanReason(error: unknown, port?: number): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'EADDRINUSE':
      return `another program keeps port ${port ?? ''} to itself: stop it, or do without`;
    case 'EACCES':
    case 'EPERM':
      return 'the system or its firewall does not allow it: let Piecewise send and receive UDP in the local network';
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return 'no multicast leaves through it';
    case 'EADDRNOTAVAIL':
    case 'ENODEV':
    case 'ENXIO':
      return 'the interface is gone or takes no multicast';
    case 'ENETDOWN':
      return 'the network is down';
    case 'EAFNOSUPPORT':
    case 'EPROTONOSUPPORT':
      return 'this computer does not speak this kind of address';
    case 'ENOBUFS':
    case 'ENOMEM':
      return 'the system has no room to send more at the moment';
    default:
      return message;
  }
}
