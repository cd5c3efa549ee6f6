/** Architectures that may be chosen where the one that was asked for is not there. */

import type { ReferenceView } from "$bindings";
import { host } from "$host";

/** Those that images are usually built for, as the library names them. */
const USUAL = ["amd64", "arm64", "ppc64le", "s390x", "riscv64"] as const;

/** Those that the tag has images for; the usual ones where the server does not list them. */
export async function archesOf(reading: ReferenceView): Promise<readonly string[]> {
  const { remote, entity, collection, container, tag } = reading;
  if (reading.transport !== "library" || remote === null || entity === null || collection === null)
    return USUAL;
  const found = await host.getContainer(remote, [entity, collection, container].join("/")).catch(() => null);
  const row = found?.tags.find((other) => other.tag === (tag ?? "latest"));
  const arches = row?.images.map((image) => image.arch) ?? [];
  return arches.length > 0 ? arches : USUAL;
}
