import { api, type SharingWaysDto } from "../ipc/client";
import { Resource } from "./async.svelte";

/** Whether the join page has an open door, by which class links and watch links lead. Open the resource where it is shown. */
export const sharingWays = (): Resource<SharingWaysDto> =>
  new Resource<SharingWaysDto>(() => api.sharingWays(), ["desk"]);
