import { useMemo } from 'react';
import { sharesTexts } from '../../texts/shares.ts';
import { codePicture } from './link.ts';
import styles from './qr-code.module.css';

export interface QrCodeProps {
  readonly text: string;
}

/** A QR code, as large as its place; dark on light in every theme, since readers want it so. */
export function QrCode({ text }: QrCodeProps) {
  const picture = useMemo(() => {
    try {
      return codePicture(text);
    } catch {
      return null;
    }
  }, [text]);
  if (picture === null) return null;
  return (
    <svg
      role="img"
      aria-label={sharesTexts.link.code}
      viewBox={`0 0 ${picture.size} ${picture.size}`}
      shapeRendering="crispEdges"
      className={styles.code}
    >
      <rect width={picture.size} height={picture.size} fill="#ffffff" />
      <path d={picture.path} fill="#000000" />
    </svg>
  );
}
