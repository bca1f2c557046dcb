import { BrowseDialog } from '../features/course/browse-dialog.tsx';
import { FileDialog } from '../features/course/file-dialog.tsx';
import { FolderDialog } from '../features/course/folder-dialog.tsx';
import { LookingDialog, NothingDialog, RefusedDialog } from '../features/course/looking-dialog.tsx';
import { DemoDialog } from '../features/demo/demo-dialog.tsx';
import { RemoveDialog } from '../features/home/remove-dialog.tsx';
import { AddMachineDialog } from '../features/nearby/add-machine-dialog.tsx';
import { KeysDialog } from '../features/palette/keys-dialog.tsx';
import { Palette } from '../features/palette/palette.tsx';
import { LinkDialog } from '../features/shares/link-dialog.tsx';
import { MagnetDialog } from '../features/shares/magnet-dialog.tsx';
import { RemoveShareDialog } from '../features/shares/remove-share-dialog.tsx';
import { ShareDialog } from '../features/shares/share-dialog.tsx';
import { TorrentDialog } from '../features/shares/torrent-dialog.tsx';
import { useApp } from '../store/app-store.ts';

/** The dialog that is open. */
export function Dialogs() {
  const dialog = useApp(state => state.dialog);
  if (dialog === null) return null;
  switch (dialog.kind) {
    case 'looking':
      return <LookingDialog name={dialog.name} share={dialog.share} />;
    case 'refused':
      return <RefusedDialog name={dialog.name} refusal={dialog.refusal} />;
    case 'browse':
      return <BrowseDialog what={dialog.what} />;
    case 'course-folder':
      return <FolderDialog key={dialog.found.place.token} found={dialog.found} />;
    case 'file':
      return <FileDialog key={dialog.found.place.token} found={dialog.found} />;
    case 'nothing':
      return <NothingDialog found={dialog.found} />;
    case 'demo':
      return <DemoDialog />;
    case 'remove':
      return dialog.swarm.kind === 'share' ? (
        <RemoveShareDialog swarm={dialog.swarm} />
      ) : (
        <RemoveDialog swarm={dialog.swarm} />
      );
    case 'share':
      return <ShareDialog key={dialog.offer.places[0]?.token} offer={dialog.offer} />;
    case 'link':
      return <LinkDialog swarm={dialog.swarm} />;
    case 'magnet':
      return <MagnetDialog key={dialog.link} link={dialog.link} />;
    case 'torrent':
      return <TorrentDialog key={dialog.found.place.token} found={dialog.found} />;
    case 'add-machine':
      return <AddMachineDialog />;
    case 'palette':
      return <Palette />;
    case 'keys':
      return <KeysDialog />;
  }
}
