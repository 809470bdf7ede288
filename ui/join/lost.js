// Runs in 404.html: leads an invitation whose # became %23 back to the join page.

import { linkOf, readInvitation } from "./address.js";

const invitation = readInvitation(location.href);
// This file lies in the folder `assets` of the page.
const page = new URL("../", import.meta.url).href;
if (invitation.token) location.replace(linkOf(page, invitation));
