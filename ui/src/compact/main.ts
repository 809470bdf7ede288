import "@fontsource-variable/inter/index.css";
import "../styles/tokens.css";
import "../styles/base.css";
import { mount } from "svelte";
import Compact from "./Compact.svelte";

const target = document.getElementById("app");
if (!target) throw new Error("compact.html has no #app element");

export default mount(Compact, { target });
