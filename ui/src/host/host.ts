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
  CloudToken,
  CloudView,
  Comparison,
  ContactView,
  ContainerView,
  DragMoved,
  Dropped,
  DropView,
  ExportedFile,
  FilesId,
  FingerprintComparison,
  FolderView,
  FoundInLibrary,
  FoundKeys,
  HexRow,
  ImageId,
  ImageRow,
  ImagesChanged,
  ImageView,
  ImportedKeys,
  ImportedLogins,
  ImportItem,
  ImportPlanView,
  ImportSource,
  KeepLogin,
  KeepPassphrase,
  KeyBackups,
  KeyringFile,
  KeyserverView,
  KeysView,
  KeyView,
  LibraryChanged,
  LibrarySearch,
  LibraryView,
  LockState,
  LoginView,
  LookedFor,
  MenuChosen,
  NamedValue,
  NewKey,
  NewRemote,
  NotificationTarget,
  OpenedLink,
  PeekView,
  PlanId,
  PublishedKey,
  PullItem,
  PullPlanView,
  PullRequest,
  PushPlaces,
  PushPlanView,
  PushRequest,
  ReferenceView,
  RemoteId,
  RemoteProbe,
  RemotesView,
  RemoteView,
  ResolvedView,
  RestoredKeys,
  RevocationReason,
  Settings,
  SettingsView,
  SignFirst,
  SignPlanView,
  SignRequest,
  StartView,
  TagMoveView,
  TargetFolder,
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
  copyDetails(text: string): Promise<null>;
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
  forgetKeptPassphrase(fingerprint: string): Promise<boolean>;
  lockKeys(): Promise<null>;
  lockState(): Promise<LockState>;
}

/** Remotes, logins, registries and the cloud of this computer. A token or a password goes in and never comes back. */
interface RemoteCalls {
  listRemotes(): Promise<RemotesView>;
  setCurrentRemote(id: RemoteId): Promise<null>;
  probeRemote(address: string, isPlainHttp: boolean): Promise<RemoteProbe>;
  addRemote(remote: NewRemote): Promise<RemoteId>;
  changeRemote(id: RemoteId, to: NewRemote): Promise<RemoteId>;
  removeRemote(id: RemoteId): Promise<null>;
  makeRemoteActive(id: RemoteId): Promise<null>;
  refreshRemote(id: RemoteId): Promise<RemoteView>;
  signIn(id: RemoteId, token: string, keep: KeepLogin): Promise<LoginView>;
  signOut(id: RemoteId): Promise<null>;
  shareLogin(id: RemoteId): Promise<null>;
  unshareLogin(id: RemoteId): Promise<null>;
  openTokenPage(remote: RemoteId): Promise<null>;
  setKeyservers(id: RemoteId, keyservers: KeyserverView[]): Promise<null>;
  importLogins(): Promise<ImportedLogins>;
  signInRegistry(
    host: string,
    isPlainHttp: boolean,
    user: string,
    password: string,
    keep: KeepLogin,
  ): Promise<null>;
  signOutRegistry(host: string): Promise<null>;
  shareRegistryLogin(host: string, shared: boolean): Promise<null>;
  tryKeychain(): Promise<null>;
  cloud(): Promise<CloudView>;
  newCloudToken(name: string, days: number | null): Promise<CloudToken>;
  revokeCloudToken(id: string): Promise<null>;
  contacts(): Promise<ContactView[]>;
  pickCaFile(): Promise<SettingsView | null>;
}

interface KeyserverCalls {
  searchKeys(remote: RemoteId, text: string, page: string | null): Promise<FoundKeys>;
  lookForKey(remote: RemoteId, fingerprint: string): Promise<LookedFor>;
  publishKey(remote: RemoteId, fingerprint: string): Promise<PublishedKey>;
  lookForKeyWhenOnline(remote: RemoteId, fingerprint: string): Promise<TaskId>;
  publishKeyWhenOnline(remote: RemoteId, fingerprint: string): Promise<TaskId>;
}

interface LibraryCalls {
  listLibrary(remote: RemoteId, path: string): Promise<LibraryView>;
  searchLibrary(search: LibrarySearch): Promise<FoundInLibrary>;
  getContainer(remote: RemoteId, path: string): Promise<ContainerView>;
  deleteLibraryImages(
    remote: RemoteId,
    path: string,
    images: [string, string][],
  ): Promise<[string, ApiError][]>;
  moveTag(to: TagMoveView): Promise<null>;
}

/** Pull and push, and the links from outside that lead there. */
interface TransferCalls {
  readReference(text: string, remote: RemoteId | null): Promise<ReferenceView | null>;
  resolveReference(item: PullItem): Promise<ResolvedView>;
  targetFolder(): Promise<TargetFolder>;
  pickTargetFolder(): Promise<TargetFolder | null>;
  planPull(request: PullRequest): Promise<PullPlanView>;
  runPull(plan: PlanId): Promise<TaskId>;
  pushPlaces(remote: RemoteId): Promise<PushPlaces>;
  planPush(request: PushRequest): Promise<PushPlanView>;
  runPush(plan: PlanId, sign: SignFirst | null, unsignedToo: boolean): Promise<TaskId>;
  pullWhenOnline(plan: PlanId): Promise<TaskId[]>;
  planPushWhenOnline(request: PushRequest): Promise<PushPlanView>;
  pushWhenOnline(plan: PlanId, sign: SignFirst | null, unsignedToo: boolean): Promise<TaskId>;
  pushReviewed(task: TaskId, plan: PlanId, sign: SignFirst | null, unsignedToo: boolean): Promise<null>;
  takeLinks(): Promise<OpenedLink[]>;
  removePartial(task: TaskId): Promise<null>;
  hurryTask(id: TaskId): Promise<null>;
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
    RemoteCalls,
    KeyserverCalls,
    LibraryCalls,
    TransferCalls,
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
  remotesChanged: null;
  libraryChanged: LibraryChanged;
  linkOpened: null;
}

/** Ends a subscription; safe to call at any time and more than once. */
export type Unsubscribe = () => void;

export interface Host extends HostCalls {
  /** Which implementation this is; for diagnostics, never for decisions of a screen. */
  readonly kind: "tauri" | "browser";
  /** Subscribes; events that come after this call are delivered. */
  on<E extends keyof HostEvents>(event: E, listener: (payload: HostEvents[E]) => void): Unsubscribe;
}
