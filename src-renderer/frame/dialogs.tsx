import { BrowseDialog } from '../features/course/browse-dialog.tsx';
import { FileDialog } from '../features/course/file-dialog.tsx';
import { FolderDialog } from '../features/course/folder-dialog.tsx';
import { LookingDialog, NothingDialog, RefusedDialog } from '../features/course/looking-dialog.tsx';
import { DemoDialog } from '../features/demo/demo-dialog.tsx';
import { RemoveDialog } from '../features/home/remove-dialog.tsx';
import { KeysDialog } from '../features/palette/keys-dialog.tsx';
import { Palette } from '../features/palette/palette.tsx';
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
      return <RemoveDialog swarm={dialog.swarm} />;
    case 'palette':
      return <Palette />;
    case 'keys':
      return <KeysDialog />;
  }
}
