import "@fontsource-variable/inter/index.css";
import "./styles/tokens.css";
import "./styles/base.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { preloadViews } from "./views";

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no #app element");

export default mount(App, { target });

// Runs after the first view is drawn, so that the first view does not wait for the files of the others.
setTimeout(() => void preloadViews(), 500);
