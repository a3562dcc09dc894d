/** The account that the database runs under: PostgreSQL refuses to run as root. */
import { spawnSync } from "node:child_process";
import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { StartError } from "../../errors.ts";

/** Null means the account of this process. */
export type Account = { readonly uid: number; readonly gid: number } | null;

/** What PostgreSQL's programs see of the environment: nothing of ours may change their language, zone or settings. */
export const environment =
  process.platform === "win32" ? undefined : { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin" };

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** The accounts that a database started by root may run under, the best first; initdb needs one that has a name. */
export function databaseAccounts(): NonNullable<Account>[] {
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  return ["postgres", "_postgres", "nobody"].flatMap((wanted) => {
    const [name, , uid, gid] = lines.find((line) => line.startsWith(`${wanted}:`))?.split(":") ?? [];
    return name === undefined ? [] : [{ uid: Number(uid), gid: Number(gid) }];
  });
}

/** The account for a new database; throws a StartError if root finds none. */
export function accountForNew(): Account {
  if (!isRoot()) return null;
  const [account] = databaseAccounts();
  if (account === undefined) {
    throw new StartError(
      "The embedded database does not run as root and there is no account postgres or nobody: start Kith from another account, or set DATABASE_URL.",
    );
  }
  return account;
}

/** The account for an existing database: the owner of its files, as an account may have been added since. */
export function accountForExisting(data: string): Account {
  if (!isRoot()) return null;
  const { uid, gid } = statSync(data);
  return uid === 0 ? accountForNew() : { uid, gid };
}

/** Whether the account can enter the folder, or run the file, at `path`; with "write", also change it. */
export function canReach(account: Account, path: string, intent: "enter" | "write" = "enter"): boolean {
  if (account === null) {
    try {
      accessSync(path, intent === "write" ? constants.X_OK | constants.W_OK : constants.X_OK);
      return true;
    } catch {
      return false;
    }
  }
  // The system is asked because modes are not the whole truth: there are access lists and read-only mounts.
  const test = intent === "write" ? 'test -x "$1" && test -w "$1"' : 'test -x "$1"';
  return (
    spawnSync("/bin/sh", ["-c", test, "sh", path], { ...account, cwd: "/", env: environment }).status === 0
  );
}
