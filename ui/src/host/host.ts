/**
 * The only door to the outside: what a page can ask of the program, and what the program tells it.
 *
 * Two implementations exist, chosen once at build: `tauri.ts` for the window and `browser.ts` for a plain browser.
 * Calls answer with values; failures are thrown as `ApiError` objects (see `asApiError`).
 */

import type {
  AboutView,
  ApiError,
  ByteCount,
  CloseAsked,
  CloseChoice,
  Comparison,
  DragMoved,
  DropView,
  Dropped,
  ExportedFile,
  FilesId,
  FingerprintComparison,
  FolderView,
  HexRow,
  ImageId,
  ImageRow,
  ImagesChanged,
  ImageView,
  ImportedKeys,
  ImportItem,
  ImportPlanView,
  ImportSource,
  KeepPassphrase,
  KeyBackups,
  KeyringFile,
  KeysView,
  KeyView,
  LockState,
  MenuChosen,
  NamedValue,
  NewKey,
  NotificationTarget,
  PeekView,
  PlanId,
  RestoredKeys,
  RevocationReason,
  Settings,
  SettingsView,
  SignPlanView,
  SignRequest,
  StartView,
  TaskEvent,
  TaskId,
  TaskView,
  Timestamp,
  VerdictView,
} from "$bindings";

/** What starts, and what was opened before the page existed. */
interface StartCalls {
  start(): Promise<StartView>;
  finishFirstRun(): Promise<null>;
  trustAllFoundKeys(): Promise<number>;
  openSampleImage(): Promise<ImageId>;
  takeOpened(): Promise<DropView[]>;
}

interface SettingsCalls {
  getSettings(): Promise<SettingsView>;
  changeSettings(settings: Settings): Promise<SettingsView>;
  resetSettings(names: string[]): Promise<SettingsView>;
}

interface FileCalls {
  offerText(text: string): Promise<DropView | null>;
  pickImages(): Promise<DropView | null>;
  pickKeys(): Promise<DropView | null>;
  pickFolder(): Promise<FolderView | null>;
  takeImages(files: FilesId): Promise<ImageId[]>;
  addFolders(files: FilesId): Promise<FolderView[]>;
  listFolders(): Promise<FolderView[]>;
  removeFolder(id: number): Promise<null>;
  rereadFolder(id: number): Promise<TaskId>;
}

interface ImageCalls {
  listImages(): Promise<ImageRow[]>;
  recentImages(limit: number): Promise<ImageRow[]>;
  forgetImages(ids: ImageId[]): Promise<null>;
  trashImages(ids: ImageId[]): Promise<[ImageId, ApiError | null][]>;
  locateImage(id: ImageId): Promise<ImageRow | null>;
  revealImage(id: ImageId): Promise<null>;
  copyText(text: string): Promise<null>;
  inspectImage(id: ImageId): Promise<ImageView>;
  peekPart(id: ImageId, part: number, offset: ByteCount, asHex: boolean): Promise<PeekView>;
  readDefinition(id: ImageId): Promise<PeekView>;
  readLabels(id: ImageId): Promise<NamedValue[]>;
  readEnvironment(id: ImageId): Promise<NamedValue[]>;
  rawHeader(id: ImageId): Promise<HexRow[]>;
  rawDescriptor(id: ImageId, part: number): Promise<HexRow[]>;
  siftoolList(id: ImageId): Promise<string>;
  exportPart(id: ImageId, part: number): Promise<TaskId | null>;
}

interface SignatureCalls {
  verifyImages(ids: ImageId[]): Promise<TaskId>;
  getVerdict(id: ImageId): Promise<VerdictView | null>;
  planSigning(request: SignRequest): Promise<SignPlanView>;
  runSigning(
    plan: PlanId,
    passphrase: string | null,
    keep: KeepPassphrase,
    confirmWarnings: boolean,
  ): Promise<TaskId>;
  suggestSigner(images: ImageId[]): Promise<string | null>;
}

interface KeyCalls {
  listKeys(): Promise<KeysView>;
  getKey(fingerprint: string): Promise<KeyView>;
  createKey(key: NewKey, passphrase: string, keep: KeepPassphrase): Promise<TaskId>;
  planKeyImport(source: ImportSource): Promise<ImportPlanView>;
  runKeyImport(plan: PlanId, passphrase: string | null): Promise<ImportedKeys>;
  listGnupgKeys(): Promise<ImportItem[]>;
  planGnupgImport(fingerprints: string[], secret: boolean): Promise<ImportPlanView>;
  exportKey(fingerprint: string, secret: boolean, armored: boolean): Promise<ExportedFile | null>;
  publicKeyText(fingerprint: string): Promise<string>;
  changePassphrase(fingerprint: string, old: string | null, next: string): Promise<null>;
  extendKey(fingerprint: string, expires: Timestamp | null, passphrase: string | null): Promise<null>;
  revokeKey(
    fingerprint: string,
    reason: RevocationReason,
    text: string,
    passphrase: string | null,
  ): Promise<null>;
  saveRevocation(fingerprint: string, passphrase: string | null): Promise<ExportedFile | null>;
  deleteKey(fingerprint: string, typed: string, fromBackups: boolean): Promise<null>;
  keyBackups(fingerprint: string): Promise<KeyBackups>;
  restoreLostKeys(): Promise<RestoredKeys>;
  repairKeyring(file: KeyringFile): Promise<number>;
  compareFingerprint(fingerprint: string, text: string): Promise<FingerprintComparison>;
  trustKey(fingerprint: string, comparison: Comparison): Promise<null>;
  distrustKey(fingerprint: string): Promise<null>;
  blockKey(fingerprint: string): Promise<null>;
  unlockKey(fingerprint: string, passphrase: string, keep: KeepPassphrase): Promise<null>;
  lockKeys(): Promise<null>;
  lockState(): Promise<LockState>;
}

interface TaskCalls {
  listTasks(): Promise<TaskView[]>;
  cancelTask(id: TaskId): Promise<null>;
  pauseTask(id: TaskId): Promise<null>;
  resumeTask(id: TaskId): Promise<null>;
  retryTask(id: TaskId): Promise<TaskId>;
  answerTask(id: TaskId, passphrase: string, keep: KeepPassphrase): Promise<null>;
  forgetTasks(ids: TaskId[]): Promise<null>;
}

interface ProgramCalls {
  about(): Promise<AboutView>;
  diagnosticsReport(): Promise<string>;
  saveReport(report: string): Promise<ExportedFile | null>;
  openLogFolder(): Promise<null>;
  confirmClose(choice: CloseChoice): Promise<null>;
  closeWindow(): Promise<null>;
  resetWindowLayout(): Promise<null>;
}

/** Everything that can be asked. */
export interface HostCalls
  extends
    StartCalls,
    SettingsCalls,
    FileCalls,
    ImageCalls,
    SignatureCalls,
    KeyCalls,
    TaskCalls,
    ProgramCalls {}

/** Everything that is told, by name. */
export interface HostEvents {
  taskEvent: TaskEvent;
  imagesChanged: ImagesChanged;
  foldersChanged: null;
  keysChanged: null;
  lockChanged: LockState;
  settingsChanged: SettingsView;
  filesOpened: null;
  dragEntered: DropView;
  dragMoved: DragMoved;
  dragLeft: null;
  dropped: Dropped;
  menuChosen: MenuChosen;
  closeAsked: CloseAsked;
  notificationChosen: NotificationTarget;
}

/** Ends a subscription; safe to call at any time and more than once. */
export type Unsubscribe = () => void;

export interface Host extends HostCalls {
  /** Which implementation this is; for diagnostics, never for decisions of a screen. */
  readonly kind: "tauri" | "browser";
  /** Subscribes; events that come after this call are delivered. */
  on<E extends keyof HostEvents>(event: E, listener: (payload: HostEvents[E]) => void): Unsubscribe;
}
