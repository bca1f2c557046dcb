/**
 * Text of somebody else's making as it may be shown: characters that cannot be seen, that move a terminal's cursor or
 * that turn the direction of others become replacement characters.
 */
export function visibleText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}
