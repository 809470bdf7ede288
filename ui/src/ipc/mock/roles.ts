// The mock's answers to the commands about the role of the desk and about public videos.
import type { RoleDto } from "../bindings";
import { PERMISSIONS, permissionsOf, rank } from "./permissions";
import { iso } from "./scenario";
import { fail, type Answers, type World } from "./world";

export function roles(world: World) {
  const { store } = world;
  let passphrase: string | null = null;
  let rights: RoleDto["rights"] = null;
  let videos = [
    { id: "7".repeat(32), title: "Kata, spring seminar", created: iso(Date.now() - 9e8), ours: true },
    { id: "8".repeat(32), title: "Trailer on the web site", created: iso(Date.now() - 9e9), ours: false },
  ];
  const shown = (): RoleDto => ({
    role: store.desk.role,
    instructor: store.settings.instructor,
    has_passphrase: passphrase !== null,
    wait_until: null,
    permissions: PERMISSIONS.map((one) => ({ ...one })),
    rights: rights && {
      ...rights,
      fits: store.desk.role === "admin",
      ...(store.desk.role === "admin"
        ? { message: "This token fits the role Admin.", next: null }
        : {
            message: "This token can do more than this role needs: it may also publish pages.",
            next: "Make a smaller token in the Cloudflare dashboard, and connect the account with it.",
          }),
    },
    resting:
      store.desk.role === "staff"
        ? [{ title: "Open rooms", why: "Does not run: the role of this desk is Staff. Other desks do this." }]
        : [],
  });
  const confirm = (given: string | null) => {
    if (given !== passphrase)
      fail(
        "passphrase",
        "The admin passphrase is wrong. The role stays as it is.",
        "Type it again, or ask whoever has set it.",
      );
  };

  return {
    role_get: shown,
    role_set: ({ role, passphrase: given }) => {
      if (passphrase === null)
        fail(
          "conflict",
          "No admin passphrase is set, so nobody could switch the role back.",
          "Set the admin passphrase first.",
        );
      if (rank(role) > rank(store.desk.role)) confirm(given);
      store.desk = { ...store.desk, role, may: permissionsOf(role) };
      return shown();
    },
    role_passphrase_set: ({ passphrase: next, present }) => {
      if (passphrase !== null) confirm(present);
      passphrase = next;
      return shown();
    },
    role_try_token: () => {
      rights = {
        realtime: true,
        stream: "edit",
        workers: true,
        tried_at: iso(Date.now()),
        fits: true,
        message: "",
        next: null,
      };
      return shown();
    },
    public_videos_list: () => videos,
    public_videos_close: ({ ids, othersToo }) => {
      const meant = videos.filter((video) => ids === null || ids.includes(video.id));
      const closed = meant.filter((video) => video.ours || othersToo);
      videos = videos.filter((video) => !closed.includes(video));
      return { closed: closed.length, failed: [], unconfirmed: meant.length - closed.length };
    },
  } satisfies Partial<Answers>;
}
