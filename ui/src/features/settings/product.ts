/** The name of the command line that was found. */

import type { Product } from "$bindings";
import { t } from "$messages";

export function productName(product: Product | undefined): string | undefined {
  return product === undefined || product === "noneInstalled" ? undefined : t(`settings.product.${product}`);
}
