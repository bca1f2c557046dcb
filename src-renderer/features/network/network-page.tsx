import { useEffect, useState } from 'react';
import type { Refusal } from '../../../src-shared/contract.ts';
import type { MechanismView, NetworkView } from '../../../src-shared/share.ts';
import { hrefOf } from '../../routes.ts';
import { useApp, useAppStore } from '../../store/app-store.ts';
import { networkTexts as texts } from '../../texts/network.ts';
import { Button } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Notice } from '../../ui/notice.tsx';
import styles from './network-page.module.css';
import { lastTextOf, networkSentence } from './network-words.ts';

/** What each way of finding peers has found, and what to do where one does not work. */
export function NetworkPage() {
  const store = useAppStore();
  const nearby = useApp(state => state.nearby);
  const { view, refusal } = useNetwork();
  const now = useNow();
  const sentence = view === null ? null : networkSentence(view, nearby?.machines.length ?? 0);
  return (
    <main className={styles.page}>
      <header className={styles.head}>
        <h1>{texts.title}</h1>
        <p>{texts.subtitle}</p>
      </header>
      {refusal === null ? null : <Notice tone="error" title={refusal.message} problems={refusal.problems} />}
      {view === null || sentence === null ? (
        refusal === null ? (
          <EmptyState title={texts.loading} />
        ) : null
      ) : (
        <>
          <p className={styles.sentence} role="status">
            {sentence.lead}
            <span>{sentence.rest}</span>
          </p>
          <Here view={view} />
          <section className={styles.card} aria-labelledby="ways">
            <div className={styles.cardHead}>
              <h2 id="ways">{texts.ways}</h2>
              <a href={hrefOf({ page: 'settings' })}>{texts.settings}</a>
            </div>
            <ul>
              {view.mechanisms.map(mechanism => (
                <Way key={mechanism.mechanism} way={mechanism} now={now} />
              ))}
            </ul>
          </section>
          <section className={styles.card} aria-labelledby="help">
            <div className={styles.cardHead}>
              <h2 id="help">{texts.help}</h2>
              <Button
                size="small"
                className={styles.enter}
                onClick={() => store.getState().openDialog({ kind: 'add-machine' })}
              >
                {texts.enter}
              </Button>
            </div>
            <ol className={styles.help}>
              {texts.helpItems.map(item => (
                <li key={item}>{item}</li>
              ))}
            </ol>
          </section>
        </>
      )}
    </main>
  );
}

function Here({ view }: { readonly view: NetworkView }) {
  const { computer, addresses, listenPort } = view;
  return (
    <section className={styles.card} aria-labelledby="here">
      <div className={styles.cardHead}>
        <h2 id="here">{texts.here}</h2>
      </div>
      <dl className={styles.here}>
        <dt>{texts.name}</dt>
        <dd>{computer}</dd>
        <dt>{texts.addresses}</dt>
        <dd>
          {addresses.length === 0 ? (
            texts.noAddress
          ) : (
            <ul>
              {addresses.map(({ address, interface: name }) => (
                <li key={`${address} ${name}`}>
                  <code>{texts.pairs(address.includes(':') ? `[${address}]` : address, listenPort)}</code>{' '}
                  <small>{name}</small>
                </li>
              ))}
            </ul>
          )}
        </dd>
        <dt>{texts.port}</dt>
        <dd>{listenPort ?? texts.notListening}</dd>
      </dl>
    </section>
  );
}

function Way({ way, now }: { readonly way: MechanismView; readonly now: number }) {
  const { mechanism, state, message, found, lastAtMs } = way;
  const { title, about, found: foundText } = texts.mechanisms[mechanism];
  return (
    <li className={styles.way}>
      <StateSign state={state} />
      <div>
        <h3>
          {title} <span className={classes(styles.state, styles[state])}>{texts.states[state]}</span>
        </h3>
        {message === '' ? null : (
          <p className={state === 'failed' ? styles.problem : styles.message}>{message}</p>
        )}
        <p className={styles.about}>{about}</p>
      </div>
      <dl className={styles.figures}>
        <div>
          <dt>{texts.found}</dt>
          <dd>{found === null || state === 'off' ? texts.never : foundText(found)}</dd>
        </div>
        <div>
          <dt>{texts.last}</dt>
          <dd>{lastAtMs === null ? texts.never : lastTextOf(now - lastAtMs)}</dd>
        </div>
      </dl>
    </li>
  );
}

/** A shape for each state; its word stands beside it. */
function StateSign({ state }: { readonly state: MechanismView['state'] }) {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" fill="none" strokeWidth="2" aria-hidden="true">
      {signs[state]}
    </svg>
  );
}

const signs: Readonly<Record<MechanismView['state'], React.ReactNode>> = {
  off: <path d="M5 10h10" stroke="var(--ctl)" />,
  trying: (
    <>
      <circle cx="10" cy="10" r="7" stroke="var(--in)" />
      <path d="M10 6v4l2.5 1.5" stroke="var(--in)" />
    </>
  ),
  working: (
    <>
      <circle cx="10" cy="10" r="8" fill="var(--ok)" />
      <path d="m6.5 10.5 2.5 2.5 4.5-5.5" stroke="var(--on-accent)" />
    </>
  ),
  quiet: <circle cx="10" cy="10" r="7" stroke="var(--ctl)" strokeDasharray="3 2.5" />,
  failed: <path d="m5 5 10 10M15 5 5 15" stroke="var(--rare)" strokeWidth="2.5" />,
};

function useNetwork(): { readonly view: NetworkView | null; readonly refusal: Refusal | null } {
  const bridge = useApp(state => state.bridge);
  const [view, setView] = useState<NetworkView | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  useEffect(() => bridge.follow({ topic: 'network' }, setView, setRefusal), [bridge]);
  return { view, refusal };
}

/** The time, followed closely enough for "12 s ago". */
function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
