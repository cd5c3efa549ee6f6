/** How the host in a browser reads references; asks nobody. */

import type { ApiError, ReferenceView, RemoteId, Transport } from "$bindings";

import { makeApiError } from "../error";
import { libraryOf } from "./library";
import type { World } from "./world";

const TRANSPORT = /^(library|oras|docker|shub|https?):\/\/(.+)$/iu;
const PLAIN = /^[a-z0-9][\w.-]*(\/[\w.-]+){0,3}(:[\w.-]+(,[\w.-]+)*)?$/iu;

/** The reference of a text; nothing if it is none. */
export function readReference(world: World, text: string, remote: RemoteId | null): ReferenceView | null {
  const trimmed = text.trim();
  const match = TRANSPORT.exec(trimmed);
  const transport = (match?.[1]?.toLowerCase().replace("https", "http") ?? "library") as Transport;
  const rest = (match?.[2] ?? trimmed).replace(/^\/+/u, "");
  if (transport === "http") return plainAddress(trimmed);
  if (transport !== "library") return ofRegistry(transport, rest);
  if (!PLAIN.test(rest)) return null;
  return ofLibrary(world, rest, remote ?? world.remotes.view.current);
}

function ofLibrary(world: World, rest: string, remote: RemoteId): ReferenceView {
  const [path, version] = split(rest);
  const pieces = path.split("/");
  const named = pieces.length > 3 || (pieces.length > 1 && /[.:]/u.test(pieces[0] ?? ""));
  const server = named ? (pieces.shift() ?? "") : libraryOf(world, remote).server;
  const known = [...world.library.libraries].find(([, kept]) => kept.server === server)?.[0] ?? null;
  const container = pieces.pop() ?? "";
  const collection = pieces.pop() ?? null;
  const entity = pieces.pop() ?? null;
  const isHash = version?.startsWith("sha256.") ?? false;
  const tag = isHash ? null : (version ?? "latest");
  const written = [server, entity ?? "library", collection ?? "default", container].join("/");
  return {
    ...common(container, tag ?? version ?? ""),
    reference: `library://${written}:${version ?? "latest"}`,
    transport: "library",
    server,
    remote: known,
    entity: entity ?? "library",
    collection: collection ?? "default",
    container,
    tag,
    hash: isHash ? (version ?? null) : null,
    alternative:
      entity === null && collection !== null && !named
        ? `library://${server}/${collection}/default/${container}:${version ?? "latest"}`
        : null,
  };
}

function ofRegistry(transport: Transport, rest: string): ReferenceView {
  const [path, version] = split(rest);
  const [server = "", ...pieces] = path.split("/");
  const container = pieces.pop() ?? "";
  return {
    ...common(container, version ?? "latest"),
    reference: `${transport}://${rest}`,
    transport,
    server,
    remote: null,
    entity: null,
    collection: pieces.join("/") || null,
    container,
    tag: version ?? "latest",
    hash: null,
    alternative: null,
    problem: unsupported(transport),
  };
}

function unsupported(transport: Transport): ApiError | null {
  if (transport === "docker")
    return makeApiError(
      "transport-unsupported",
      "an image of Docker has to be turned into a SIF image first",
    );
  if (transport === "shub")
    return makeApiError("transport-unsupported", "the public Singularity Hub does not exist any more");
  return null;
}

function plainAddress(text: string): ReferenceView | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const name = url.pathname.split("/").at(-1) ?? "";
  return {
    ...common(name, ""),
    suggestedName: name,
    reference: text,
    transport: "http",
    server: url.host,
    remote: null,
    entity: null,
    collection: null,
    container: name,
    tag: null,
    hash: null,
    alternative: null,
  };
}

function split(rest: string): [string, string | undefined] {
  const at = rest.lastIndexOf(":");
  return at > rest.lastIndexOf("/") ? [rest.slice(0, at), rest.slice(at + 1)] : [rest, undefined];
}

function common(container: string, version: string): Pick<ReferenceView, "suggestedName" | "problem"> {
  return { suggestedName: `${container}_${version.split(",")[0] ?? ""}.sif`, problem: null };
}
