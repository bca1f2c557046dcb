import { describe, expect, it } from 'vitest';
import { hostLabels, hostOf } from './hosts.ts';

describe('hosts', () => {
  it('are addresses without their ports', () => {
    expect(hostOf('lab-01:6001')).toBe('lab-01');
    expect(hostOf('10.14.3.21:6001')).toBe('10.14.3.21');
    expect(hostOf('[fe80::1]:6001')).toBe('fe80::1');
    expect(hostOf('lab-01')).toBe('lab-01');
  });

  it('are called by their first part where that is enough', () => {
    const labels = hostLabels([
      'lab-01.cs.example',
      'lab-02.cs.example',
      'lab-02.ee.example',
      '10.0.0.1',
      '10.0.0.2',
    ]);
    expect([...labels.values()]).toEqual([
      'lab-01',
      'lab-02.cs.example',
      'lab-02.ee.example',
      '10.0.0.1',
      '10.0.0.2',
    ]);
  });

  it('are cut when their names are long', () => {
    const label = hostLabels(['the-computer-with-the-longest-name-of-all']).values().next().value!;
    expect([label.length, label.at(-1)]).toEqual([22, '…']);
  });
});
