import { describe, expect, it } from 'vitest';
import { answerFrom, appScheme, isScreen, screenAddress } from './app-protocol.ts';

const files = new Map([
  ['index.html', new TextEncoder().encode('<!doctype html>')],
  ['assets/index-1.js', new TextEncoder().encode('go()')],
  ['assets/index-1.js.map', new TextEncoder().encode('{}')],
  ['.env', new TextEncoder().encode('x')],
]);
const answer = answerFrom(files);
const get = (url: string) => answer({ method: 'GET', url });

describe('the app: scheme', () => {
  it('is a secure origin of its own with nothing beyond that', () => {
    expect(appScheme).toEqual({
      scheme: 'app',
      privileges: { standard: true, secure: true, supportFetchAPI: true },
    });
  });

  it('answers with the files of the built screen', async () => {
    const page = get(screenAddress);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toBe('<!doctype html>');
    const script = get('app://piecewise/assets/index-1.js?x=1#y');
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(await script.text()).toBe('go()');
  });

  it.each([
    ['app://piecewise/other.js'],
    ['app://piecewise/assets'],
    ['app://piecewise/assets/'],
    ['app://piecewise/../index.html.js'],
    ['app://piecewise/assets/../../package.json'],
    ['app://piecewise/%2e%2e/package.json'],
    ['app://piecewise/..%2fpackage.json'],
    ['app://piecewise//etc/passwd'],
    ['app://piecewise/assets/index-1.js.map'],
    ['app://piecewise/.env'],
    ['app://piecewise/__proto__'],
    ['app://other/index.html'],
    ['app:///index.html'],
    ['https://piecewise/index.html'],
    ['file:///index.html'],
    ['nonsense'],
  ])('does not find %s', url => {
    expect(get(url).status).toBe(404);
  });

  it.each([['POST'], ['PUT'], ['DELETE'], ['HEAD'], ['OPTIONS']])('does not know %s', method => {
    expect(answer({ method, url: screenAddress }).status).toBe(405);
  });

  it.each([[screenAddress], ['app://piecewise/missing.js']])('sends its policy with %s', url => {
    const { headers } = get(url);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; /);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('has a policy that lets in nothing but the screen itself', () => {
    const policy = get(screenAddress).headers.get('content-security-policy')!;
    const rules = Object.fromEntries(
      policy.split('; ').map(rule => [rule.split(' ')[0], rule.split(' ').slice(1).join(' ')]),
    );
    expect(rules).toEqual({
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': "'self'",
      'img-src': "'self' data:",
      'font-src': "'self'",
      'connect-src': "'self'",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
      'object-src': "'none'",
      'require-trusted-types-for': "'script'",
    });
  });
});

describe('the address of the screen', () => {
  it.each([['app://piecewise/'], ['app://piecewise'], ['app://piecewise/index.html#/x']])(
    'can be %s',
    url => {
      expect(isScreen(url)).toBe(true);
    },
  );

  it.each([
    [''],
    ['about:blank'],
    ['app://piecewise.example/'],
    ['app://user@other/'],
    ['http://piecewise/'],
    ['data:text/html,app://piecewise/'],
  ])('is not "%s"', url => {
    expect(isScreen(url)).toBe(false);
  });
});
