import { useEffect, useRef, useState } from 'react';
import { NumberField } from '../../ui/field.tsx';
import { wholeNumberOf } from '../course/course-form.ts';

export interface WholeNumberProps {
  readonly label: string;
  readonly unit?: string;
  readonly value: number;
  readonly least?: number;
  readonly most: number;
  readonly problem: string;
  readonly onChange: (value: number) => void;
}

/** Says its number as soon as it is one; what is none stays to be corrected and changes nothing. */
export function WholeNumber({ label, unit, value, least = 1, most, problem, onChange }: WholeNumberProps) {
  const [text, setText] = useState(String(value));
  const said = useRef(value);
  useEffect(() => {
    // Somebody else changed it: another window, or the app refused.
    if (said.current === value) return;
    said.current = value;
    setText(String(value));
  }, [value]);
  const isValid = wholeNumberOf(text, least, most) !== null;
  return (
    <NumberField
      label={label}
      {...(unit === undefined ? {} : { unit })}
      value={text}
      error={isValid ? null : problem}
      onChange={typed => {
        setText(typed);
        const number = wholeNumberOf(typed, least, most);
        if (number === null || number === value) return;
        said.current = number;
        onChange(number);
      }}
    />
  );
}
