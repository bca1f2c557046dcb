import { describe, expect, it } from 'vitest';
import { between, callText, readDescription, readSearchAnswer, searchText } from './upnp-messages.ts';

const location = new URL('http://192.168.1.1:5000/root.xml');
const service = (type: string, control: string) =>
  `<service><serviceType>urn:schemas-upnp-org:service:${type}</serviceType><controlURL>${control}</controlURL></service>`;

describe('a search for routers', () => {
  it('is written as SSDP has it', () => {
    expect(searchText('239.255.255.250', 1900, 'urn:x')).toBe(
      'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: urn:x\r\n\r\n',
    );
  });

  it('understands answers of routers, and of nobody else', () => {
    const answer = (st: string) => `HTTP/1.1 200 OK\r\nst: ${st}\r\nLocation: ${location.href}\r\n\r\n`;
    expect(readSearchAnswer(answer('urn:schemas-upnp-org:device:InternetGatewayDevice:1'))).toBe(
      location.href,
    );
    expect(readSearchAnswer(answer('urn:schemas-upnp-org:device:MediaServer:1'))).toBeUndefined();
    expect(readSearchAnswer(`NOTIFY * HTTP/1.1\r\nLocation: ${location.href}\r\n`)).toBeUndefined();
    expect(readSearchAnswer('')).toBeUndefined();
  });
});

describe('the description of a router', () => {
  it('names the services that map ports, the newest first', () => {
    const text = `<root><device>${service('Layer3Forwarding:1', '/l3')}${service('WANPPPConnection:1', '/ppp')}${service('WANIPConnection:1', 'ctl/ip?a=1&amp;b=2')}</device></root>`;
    expect(readDescription(text, location).map(({ controlUrl }) => controlUrl.href)).toEqual([
      'http://192.168.1.1:5000/ctl/ip?a=1&b=2',
      'http://192.168.1.1:5000/ppp',
    ]);
  });

  it('leads nowhere else', () => {
    for (const control of ['http://10.0.0.9/x', '//evil.example/x', 'file:///etc/passwd', 'http://[', ''])
      expect(readDescription(service('WANIPConnection:1', control), location)).toEqual([]);
    const elsewhere = `<URLBase>http://10.0.0.9/</URLBase>${service('WANIPConnection:1', '/x')}`;
    expect(readDescription(elsewhere, location)).toEqual([]);
  });

  it('is read in a moment, however it is made', () => {
    const startedAt = performance.now();
    readDescription('<service>'.repeat(28_000), location);
    readDescription('<service><serviceType'.repeat(12_000), location);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

describe('a call', () => {
  it('is an envelope with what is said', () => {
    expect(callText('urn:t', 'Act', [['A', 'x<&y']])).toContain(
      '<u:Act xmlns:u="urn:t"><A>x&lt;&amp;y</A></u:Act>',
    );
  });

  it('is answered between tags, with or without attributes', () => {
    expect(between('<a:b><New x="1"> 7 </New></a:b>', 'New')).toBe('7');
    expect(between('<New>', 'New')).toBeUndefined();
    expect(between('', 'New')).toBeUndefined();
  });
});
