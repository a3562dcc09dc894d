/** Where the database's files live: the folder asked for, or one that the database's account can reach. */
import { createHash } from "node:crypto";
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { StartError } from "../../errors.ts";
import {
  type Account,
  accountForExisting,
  accountForNew,
  canReach,
  databaseAccounts,
  isRoot,
} from "./account.ts";

export interface Folder {
  readonly path: string;
  readonly relocated: boolean;
  readonly account: Account;
}

/** Finds the folder again, or makes it; the same `asked` leads to the same folder. Throws a StartError. */
export function chooseFolder(asked: string): Folder {
  const others = isRoot() ? otherFolders(asked) : [];
  const known = [asked, ...others.filter(isTrusted)].find(holdsDatabase);
  if (known !== undefined) {
    const account = accountForExisting(path.join(known, "data"));
    if (!canReach(account, known)) {
      throw new StartError(
        `The account of the database in ${known} (uid ${account?.uid ?? process.getuid?.()}) can no longer reach it: let others enter the folders above it (chmod o+x), or set DATA_DIR or DATABASE_URL.`,
      );
    }
    return { path: known, relocated: known !== asked, account };
  }
  const account = accountForNew();
  const made = [asked, ...others].find((folder) => prepare(folder, account));
  if (made === undefined) {
    throw new StartError(
      `The account of the database (uid ${account?.uid ?? process.getuid?.()}) can't write to ${asked}: set DATA_DIR to a folder that it can write to, or set DATABASE_URL.`,
    );
  }
  return { path: made, relocated: made !== asked, account };
}

function otherFolders(asked: string): string[] {
  const name = `postgres-${createHash("sha256").update(asked).digest("hex").slice(0, 12)}`;
  return [path.join("/var/lib/kith", name), path.join(os.tmpdir(), `kith-${name}`)];
}

/** Whether a complete database is in the folder. */
export function holdsDatabase(folder: string): boolean {
  return existsSync(path.join(folder, "data", "PG_VERSION"));
}

/** In a temporary folder anybody may have put something under our name: what is not ours is left alone. */
function isTrusted(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return false;
  return found.isDirectory() && [0, ...databaseAccounts().map(({ uid }) => uid)].includes(found.uid);
}

/** Makes the folder and gives it to the account; false when the account could not work there. */
function prepare(folder: string, account: Account): boolean {
  try {
    if (account === null) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      return canReach(account, folder, "write");
    }
    let above = path.dirname(folder);
    while (!existsSync(above)) above = path.dirname(above);
    if (!canReach(account, above)) return false;
    makeParents(folder);
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    if (!isTrusted(folder)) return false;
    if (statSync(folder).uid !== account.uid) {
      // A folder in which root keeps something else must not change hands.
      if (readdirSync(folder).length > 0) return false;
      chownSync(folder, account.uid, account.gid);
    }
    chmodSync(folder, 0o700);
    return canReach(account, folder, "write");
  } catch {
    return false;
  }
}

/** Under root's umask new folders may be closed to everybody: these must let the database's account through. */
function makeParents(folder: string): void {
  const first = mkdirSync(path.dirname(folder), { recursive: true });
  if (first === undefined) return;
  for (let made = path.dirname(folder); made.startsWith(first); made = path.dirname(made))
    chmodSync(made, 0o711);
}
