import type { SwarmView } from '../../../src-shared/view.ts';
import { ratioOf } from './queue.ts';
import type { ShareRecord } from './share-record.ts';

type Totals = Pick<ShareRecord, 'uploadedBytes' | 'downloadedBytes'>;
type Run = Pick<SwarmView, 'uploadedBytes' | 'downloadedBytes'>;

/** What a share has transferred in all its runs: its record has what was counted, the swarm the rest of this run. */
export class ShareTotals {
  #counted: Totals = { uploadedBytes: 0, downloadedBytes: 0 };

  /** A run begins. */
  begin(): void {
    this.#counted = { uploadedBytes: 0, downloadedBytes: 0 };
  }

  now(record: Totals, run: Run | undefined): Totals {
    const { uploadedBytes, downloadedBytes } = record;
    if (run === undefined) return { uploadedBytes, downloadedBytes };
    return {
      uploadedBytes: uploadedBytes + run.uploadedBytes - this.#counted.uploadedBytes,
      downloadedBytes: downloadedBytes + run.downloadedBytes - this.#counted.downloadedBytes,
    };
  }

  /** The totals for the record; undefined when they are in it already. */
  count(record: Totals, { uploadedBytes, downloadedBytes }: Run): Totals | undefined {
    const totals = this.now(record, { uploadedBytes, downloadedBytes });
    this.#counted = { uploadedBytes, downloadedBytes };
    const isSame =
      totals.uploadedBytes === record.uploadedBytes && totals.downloadedBytes === record.downloadedBytes;
    return isSame ? undefined : totals;
  }

  /** What was given for what was taken, in all runs. */
  ratio(record: Totals, run: Run | undefined, totalLength: number): number {
    const { uploadedBytes, downloadedBytes } = this.now(record, run);
    return ratioOf(uploadedBytes, downloadedBytes, totalLength);
  }
}
