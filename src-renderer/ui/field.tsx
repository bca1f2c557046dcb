import { type ComponentProps, type ReactNode, useId } from 'react';
import { classes } from './classes.ts';
import styles from './field.module.css';

/** What a control needs to belong to its field. */
export interface ControlProps {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': true | undefined;
}

export interface FieldProps {
  readonly label: string;
  /** Read out after the label; it stands in the control. */
  readonly unit?: string | undefined;
  readonly hint?: ReactNode;
  /** What is wrong, and what to do; null when all is well. */
  readonly error?: string | null | undefined;
  readonly className?: string | undefined;
  readonly children: (control: ControlProps) => ReactNode;
}

/** A label, its control, and below it what is wrong or what helps. */
export function Field({ label, unit, hint, error = null, className, children }: FieldProps) {
  const id = useId();
  const isWrong = error !== null && error !== '';
  const noteId = isWrong || hint !== undefined ? `${id}-note` : undefined;
  return (
    <div className={classes(styles.field, className)}>
      <label htmlFor={id} className={styles.label}>
        {label}
        {unit === undefined ? null : <span className="only-read">, {unit}</span>}
      </label>
      {children({ id, 'aria-describedby': noteId, 'aria-invalid': isWrong || undefined })}
      {noteId === undefined ? null : (
        <p id={noteId} className={isWrong ? styles.error : styles.hint}>
          {isWrong ? error : hint}
        </p>
      )}
    </div>
  );
}

export interface TextInputProps extends ComponentProps<'input'> {
  /** Behind the text, such as a unit. */
  readonly unit?: string | undefined;
}

/** A line of text. */
export function TextInput({ unit, className, ...rest }: TextInputProps) {
  return (
    <span className={classes(styles.input, className)}>
      <input type="text" autoComplete="off" spellCheck={false} {...rest} />
      {unit === undefined ? null : (
        <span className={styles.unit} aria-hidden="true">
          {unit}
        </span>
      )}
    </span>
  );
}

interface SimpleFieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | null | undefined;
  readonly className?: string | undefined;
  readonly disabled?: boolean;
}

export interface TextFieldProps extends SimpleFieldProps {
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly onBlur?: () => void;
  readonly unit?: string;
  readonly autoFocus?: boolean;
  readonly placeholder?: string;
  readonly maxLength?: number;
}

export function TextField(props: TextFieldProps & { readonly inputMode?: 'text' | 'decimal' }) {
  const { label, hint, error, className, value, onChange, onBlur, unit, disabled, inputMode, autoFocus } =
    props;
  const { placeholder, maxLength } = props;
  return (
    <Field label={label} unit={unit} hint={hint} error={error} className={className}>
      {control => (
        <TextInput
          {...control}
          value={value}
          inputMode={inputMode}
          unit={unit}
          placeholder={placeholder}
          maxLength={maxLength}
          disabled={disabled}
          data-autofocus={autoFocus || undefined}
          onBlur={onBlur}
          onChange={event => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export interface TextAreaFieldProps extends SimpleFieldProps {
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly rows?: number;
  readonly maxLength?: number;
}

/** Several lines of text. */
export function TextAreaField(props: TextAreaFieldProps) {
  const { label, hint, error, className, value, onChange, disabled, rows = 3, maxLength } = props;
  return (
    <Field label={label} hint={hint} error={error} className={className}>
      {control => (
        <textarea
          {...control}
          className={styles.area}
          rows={rows}
          maxLength={maxLength}
          value={value}
          disabled={disabled}
          spellCheck={false}
          onChange={event => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

/** A number as it is typed; whether it is one, its form says. */
export function NumberField(props: TextFieldProps) {
  return <TextField {...props} inputMode="decimal" />;
}

export interface SelectProps<T extends string> extends SimpleFieldProps {
  readonly options: readonly { readonly value: T; readonly label: string }[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}

export function Select<T extends string>(props: SelectProps<T>) {
  const { label, hint, error, className, options, value, onChange, disabled } = props;
  return (
    <Field label={label} hint={hint} error={error} className={className}>
      {control => (
        <select
          {...control}
          className={styles.select}
          value={value}
          disabled={disabled}
          onChange={event => {
            const option = options.find(candidate => candidate.value === event.currentTarget.value);
            if (option !== undefined) onChange(option.value);
          }}
        >
          {options.map(option => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export interface SwitchProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
}

/** On or off, at once. */
export function Switch({ label, hint, checked, onChange, disabled }: SwitchProps) {
  const hintId = useId();
  return (
    <div className={styles.switchRow}>
      <label className={styles.switch}>
        <input
          type="checkbox"
          role="switch"
          aria-checked={checked}
          checked={checked}
          disabled={disabled}
          aria-describedby={hint === undefined ? undefined : hintId}
          onChange={event => onChange(event.currentTarget.checked)}
        />
        <span>{label}</span>
      </label>
      {hint === undefined ? null : (
        <p id={hintId} className={styles.hint}>
          {hint}
        </p>
      )}
    </div>
  );
}
