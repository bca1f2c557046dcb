import { useState } from 'react';
import { sharePageTexts } from '../../texts/share-page.ts';
import { NumberField, Switch } from '../../ui/field.tsx';

const texts = sharePageTexts.details;

export interface RatioControlProps {
  readonly label: string;
  readonly hint: string;
  /** Null: never stops. */
  readonly ratio: number | null;
  readonly onChange: (ratio: number | null) => void;
}

/** At which ratio seeding stops, if at all. */
export function RatioControl({ label, hint, ratio, onChange }: RatioControlProps) {
  const [text, setText] = useState<string | null>(null);
  const shown = text ?? String(ratio ?? '');
  const number = ratioOf(shown);
  return (
    <>
      <Switch
        label={label}
        hint={hint}
        checked={ratio !== null}
        onChange={isOn => {
          setText(null);
          onChange(isOn ? 1 : null);
        }}
      />
      {ratio === null ? null : (
        <NumberField
          label={texts.ratioField}
          value={shown}
          error={number === undefined ? texts.problems.ratio : null}
          onChange={typed => {
            setText(typed);
            const next = ratioOf(typed);
            if (next !== undefined && next !== ratio) onChange(next);
          }}
          onBlur={() => {
            if (number !== undefined) setText(null);
          }}
        />
      )}
    </>
  );
}

function ratioOf(text: string): number | undefined {
  const number = /^\s*\d{1,4}(?:[.,]\d{1,3})?\s*$/.test(text) ? Number(text.replace(',', '.')) : Number.NaN;
  return number <= 1000 ? number : undefined;
}
