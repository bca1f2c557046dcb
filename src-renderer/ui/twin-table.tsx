export interface TwinTableProps {
  readonly caption: string;
  readonly head: readonly string[];
  /** The first cell heads its row, and is in no other one. */
  readonly rows: readonly (readonly string[])[];
}

/** What a drawing shows, for those who do not see it. */
export function TwinTable({ caption, head, rows }: TwinTableProps) {
  return (
    <table className="only-read">
      <caption>{caption}</caption>
      <thead>
        <tr>
          {head.map(text => (
            <th key={text} scope="col">
              {text}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([first, ...cells]) => (
          <tr key={first}>
            <th scope="row">{first}</th>
            {cells.map((text, column) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a cell is known by its column.
              <td key={column}>{text}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
