// The words for roles.
import type { RoleName } from "../../ipc/client";

/** Every role, the weakest first. */
export const ROLES: readonly { name: RoleName; title: string; words: string }[] = [
  { name: "staff", title: "Staff", words: "finds recordings and makes links" },
  { name: "instructor", title: "Instructor", words: "also plans and runs the own classes" },
  { name: "admin", title: "Admin", words: "everything, also keys, settings and the account" },
];

/** The name of a role for people. */
export const roleTitle = (role: RoleName): string => ROLES.find(({ name }) => name === role)?.title ?? role;
