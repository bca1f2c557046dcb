import { type Refusal, RefusedError } from '../../../src-shared/contract.ts';
import { MagnetError } from '../../engine/bittorrent/magnet.ts';
import { MetainfoError } from '../../engine/bittorrent/metainfo.ts';
import { FileFailure } from '../../io/file-failure.ts';
import { SetUpError } from '../course-peer.ts';
import { ShareProblem } from '../shares/share-engine.ts';

/** A file that is no configuration at all has a problem on every line. */
const mostProblems = 50;

/** What the screen is told of an error. One that nobody planned goes to `log` with everything, and to the screen without. */
export function refusalOf(error: unknown, log: (details: string) => void): Refusal {
  if (error instanceof RefusedError) return error.refusal;
  if (error instanceof SetUpError) return setUp(error.problems);
  if (error instanceof ShareProblem || error instanceof MetainfoError || error instanceof MagnetError)
    return setUp([error.message]);
  if (error instanceof FileFailure) return setUp([`${error.message.replace(/\.$/, '')}.`]);
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const message = 'Something went wrong inside the app; its log on standard error says more.';
  return { code: 'failed', message, problems: [] };
}

/** A single problem is the message itself; several are listed below it. */
function setUp(problems: readonly string[]): Refusal {
  const [first, ...others] = problems;
  if (first !== undefined && others.length === 0) return { code: 'set-up', message: first, problems: [] };
  const unsaid = problems.length - mostProblems;
  const said = problems.slice(0, mostProblems);
  return {
    code: 'set-up',
    message: `There are ${problems.length} problems in the way.`,
    problems: unsaid > 0 ? [...said, `… and ${unsaid} more.`] : said,
  };
}
