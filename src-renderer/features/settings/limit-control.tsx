import { Switch } from '../../ui/field.tsx';
import { WholeNumber } from './whole-number.tsx';

export interface LimitControlProps {
  /** What is limited, as a switch says it: "Limit the upload". */
  readonly label: string;
  /** What the number is: "Upload". */
  readonly field: string;
  readonly unit: string;
  readonly problem: string;
  /** Bytes per second; null for no limit. */
  readonly limit: number | null;
  readonly onChange: (limit: number | null) => void;
}

/** Bytes per second when a limit is switched on. */
const usualLimit = 1_000_000;
const perUnit = 1000;

/** A limit that is on or off, and how much it is. */
export function LimitControl({ label, field, unit, problem, limit, onChange }: LimitControlProps) {
  return (
    <>
      <Switch
        label={label}
        checked={limit !== null}
        onChange={isLimited => onChange(isLimited ? usualLimit : null)}
      />
      {limit === null ? null : (
        <WholeNumber
          label={field}
          unit={unit}
          value={Math.round(limit / perUnit)}
          least={2}
          most={1e9}
          problem={problem}
          onChange={thousands => onChange(thousands * perUnit)}
        />
      )}
    </>
  );
}
