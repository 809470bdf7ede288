//! Tests of the architecture test: small invented crates, each with one thing that the test must find or ignore.

use super::circles::Graph;
use super::layers::{self, EVERYTHING, Home, Layer, layer};
use super::modules::{Crate, Files, Modules};
use super::page;

const CRATES: [Crate; 2] = [Crate { name: "app", root: "app/lib.rs" }, Crate { name: "tool", root: "tool/main.rs" }];

/// Reads `app/lib.rs` with modules `a`, `b` and `c`, and `tool/main.rs`. The files in `given` replace these or are
/// added.
fn modules(given: &[(&str, &str)]) -> Modules {
    let usual = [
        ("app/lib.rs", "mod a; mod b; mod c;"),
        ("app/a.rs", "pub fn f() {}\npub struct A;"),
        ("app/b.rs", "pub fn f() {}\npub struct B;"),
        ("app/c.rs", "pub fn f() {}\npub struct C;"),
    ];
    Modules::read(&files(&[&usual[..], given].concat()), &CRATES)
}

fn files(given: &[(&str, &str)]) -> Files {
    given.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

/// Writes each arrow as `app/a.rs:1 app/b.rs`: file and line of the path, then the file that it leads to.
fn arrows(modules: &Modules) -> Vec<String> {
    modules.arrows().iter().map(|arrow| format!("{}:{} {}", arrow.from, arrow.line, arrow.to)).collect()
}

/// Returns the arrows of a file `app/a.rs` that contains `text`.
fn arrows_of_a(text: &str) -> Vec<String> {
    arrows(&modules(&[("app/a.rs", text)]))
}

fn circles(modules: &Modules) -> Vec<String> {
    Graph::new(modules, &modules.arrows()).circles().iter().map(ToString::to_string).collect()
}

const A_TO_B: &str = "app/a.rs:1 app/b.rs";
const A_TO_C: &str = "app/a.rs:1 app/c.rs";

#[test]
fn follows_a_use_with_groups_aliases_self_super_and_visibility() {
    for text in [
        "use crate::b::B;",
        "use super::b;",
        "use self::super::b::{self as other};",
        "pub(crate) use crate::{b::{self, B as Other, f as _}};",
        "pub use crate::b::*;",
        "fn g() { use crate::b::f; f() }",
        "use ::app::b::B;",
        "mod inner { use super::super::b::B; }",
        "mod inner { pub mod deep { use crate::b::r#f; } }",
    ] {
        assert_eq!(arrows_of_a(text), [A_TO_B], "{text}");
    }
    assert_eq!(arrows_of_a("use crate::{b::B, c::{self}};"), [A_TO_B, A_TO_C]);
    assert_eq!(arrows_of_a("use crate::{\n    b::{B, f},\n    c,\n};"), ["app/a.rs:2 app/b.rs", "app/a.rs:3 app/c.rs"]);
}

#[test]
fn follows_a_path_anywhere_in_code() {
    for text in [
        "fn g() { crate::b::f() }",
        "fn g() { super::b::f() }",
        "fn g(x: &'static crate::b::B) {}",
        "fn g() -> Vec<crate::b::B> { Vec::<crate::b::B>::new() }",
        "fn g() { <crate::b::B as Default>::default() }",
        "fn g() { for x in 0..crate::b::f() {} }",
        "fn g() { assert!(matches!(x, crate::b::B), \"{}\", 'x') }",
        "fn g() { ::app::b::f() }",
        "fn g() { return ::app::b::f() }",
        "fn g() { x as ::app::b::B }",
        "impl Trait for crate::b::B {}",
        "#[derive(crate::b::B)] struct X;",
        "#[serde(with = \"crate::b\")] struct X;",
        "mod inner { fn g() { super::super::b::f() } }",
    ] {
        assert_eq!(arrows_of_a(text), [A_TO_B], "{text}");
    }
}

#[test]
fn follows_a_path_that_starts_at_an_import_or_at_a_child() {
    let files = [
        ("app/a.rs", "mod child;\nuse crate::b::{self};\nfn g() { b::deep::f(); child::f() }"),
        ("app/a/child.rs", "pub fn f() {}"),
        ("app/b.rs", "pub mod deep;"),
        ("app/b/deep.rs", "pub fn f() {}"),
    ];
    assert_eq!(
        arrows(&modules(&files)),
        ["app/a.rs:3 app/a/child.rs", "app/a.rs:2 app/b.rs", "app/a.rs:3 app/b/deep.rs"]
    );
}

#[test]
fn follows_a_re_export_to_the_file_that_declares_the_name() {
    for facade in
        ["pub use crate::c::C as B;", "pub use crate::c::*; pub use C as B;", "use crate::c; pub use c::C as B;"]
    {
        let modules = modules(&[("app/a.rs", "use crate::b::B;"), ("app/b.rs", facade)]);
        assert!(arrows(&modules).contains(&A_TO_C.to_owned()), "{facade}");
        assert!(!arrows(&modules).contains(&A_TO_B.to_owned()), "{facade}");
    }
    // A re-exported name that comes from another crate or a macro counts as declared by the file that re-exports it.
    for facade in ["pub use std::fmt::Debug as B;", "declare!(B);"] {
        let modules = modules(&[("app/a.rs", "use crate::b::B;"), ("app/b.rs", facade)]);
        assert_eq!(arrows(&modules), [A_TO_B], "{facade}");
    }
}

#[test]
fn follows_a_name_that_a_glob_brings_to_the_file_that_declares_it() {
    let files = [("app/a.rs", "use crate::b::*;\nfn g(x: C) {}"), ("app/b.rs", "pub use crate::c::C;")];
    assert_eq!(arrows(&modules(&files)), [A_TO_B, "app/a.rs:2 app/c.rs", "app/b.rs:1 app/c.rs"]);
    let method =
        [("app/a.rs", "use crate::b::*;\nfn g() { x.f(); let c = x.c; }"), ("app/b.rs", "pub use crate::c::f;")];
    assert_eq!(arrows(&modules(&method)), [A_TO_B, "app/b.rs:1 app/c.rs"]);
}

#[test]
fn follows_the_name_of_another_crate() {
    let files = [("tool/main.rs", "use app::b::B;\nfn main() { app::c::f() }")];
    assert_eq!(arrows(&modules(&files)), ["tool/main.rs:1 app/b.rs", "tool/main.rs:2 app/c.rs"]);
}

#[test]
fn ignores_paths_in_comments_strings_and_characters_and_names_of_other_things() {
    for text in [
        "//! [`crate::b::B`]\n/// crate::b::f()\n// use crate::b;\nfn g() {}",
        "/* use crate::b; /* nested */ use crate::b::B; */",
        "const X: &str = \"use crate::b; \\\" crate::b::f()\";",
        "const X: &str = r#\"\" use crate::b; \"#; const Y: &[u8] = br\"crate::b::f()\";",
        "const X: [char; 3] = ['\"', '\\'', '\\\\']; // crate::b::f()",
        "fn g<'b>(x: &'b str) { x.b::<u8>(); x.b.f(); }",
        "#[expect(unused, reason = \"see crate::b::f\")] fn g() {}",
        "fn g(b: u8) { b; other::crate_b::f() }",
        "use std::b::B; use b_other::f;",
        "fn g<T>() -> impl Sized + use<T> { T::b::f() }",
    ] {
        assert_eq!(arrows_of_a(text), [""; 0], "{text}");
    }
}

#[test]
fn ignores_items_that_only_tests_compile() {
    for text in [
        "#[cfg(test)] use crate::b::B;",
        "#[cfg(test)] mod tests { use crate::b::B; fn g() { crate::b::f() } }",
        "#[cfg(test)]\n#[path = \"elsewhere.rs\"]\nmod tests;",
        "#[cfg(all(test, unix))] pub(crate) const fn g() -> [u8; 2] { crate::b::f() }",
        "#[cfg(all(unix, any(test)))] impl X { fn g() { crate::b::f() } }",
        "struct X { #[cfg(test)] x: Map<u8, crate::b::B>, y: u8 }",
        "enum X { #[cfg(test)] Y(crate::b::B) }",
        "fn g() { #[cfg(test)] let x = { crate::b::f() } + crate::b::f(); }",
        "#![cfg(test)]\nuse crate::b::B; use crate::b::f;",
    ] {
        assert_eq!(arrows_of_a(text), [""; 0], "{text}");
    }
    // Code after the item that only tests compile counts again.
    for text in [
        "#[cfg(test)] mod tests { fn g() {} } use crate::b::B;",
        "#[cfg(test)] fn g() {} fn h() { crate::b::f() }",
        "struct X { #[cfg(test)] x: u8, y: crate::b::B }",
        "#[cfg(any(test, unix))] use crate::b::B;",
        "#[cfg(not(test))] use crate::b::B;",
        "#[cfg(unix)] fn g() { crate::b::f() }",
        "#[cfg_attr(test, derive(Debug))] struct X(crate::b::B);",
    ] {
        assert_eq!(arrows_of_a(text), [A_TO_B], "{text}");
    }
}

#[test]
fn ignores_files_that_only_tests_compile() {
    let files = [
        ("app/a.rs", "#[cfg(test)] mod tests;"),
        ("app/a/tests.rs", "mod more; use crate::b::B;"),
        ("app/a/tests/more.rs", "use crate::b::B;"),
    ];
    let modules = modules(&files);
    assert_eq!(arrows(&modules), [""; 0]);
    assert!(modules.test_files.iter().eq(["app/a/tests.rs", "app/a/tests/more.rs"]));
}

#[test]
fn reads_only_paths_from_the_crate_in_the_definition_of_a_macro() {
    assert_eq!(arrows_of_a("macro_rules! m { ($m:ident) => { use super::b; mod x; $m::b::f(); b::f() } }"), [""; 0]);
    assert_eq!(arrows_of_a("macro_rules! m { () => { $crate::b::f() } }"), [A_TO_B]);
    assert_eq!(arrows_of_a("macro_rules! m { () => { crate::b::f() } }"), [A_TO_B]);
}

#[test]
fn names_a_circle_as_a_chain_with_the_line_of_each_import() {
    let files = [
        ("app/a.rs", "use crate::b::B;"),
        ("app/b.rs", "\nuse crate::c::C;"),
        ("app/c.rs", "fn g() { crate::a::f() }"),
    ];
    let chain = "app/a.rs → app/b.rs → app/c.rs → app/a.rs\n    \
                 app/a.rs:1 `crate::b::B`\n    app/b.rs:2 `crate::c::C`\n    app/c.rs:1 `crate::a::f`";
    assert_eq!(circles(&modules(&files)), [chain]);
}

#[test]
fn finds_a_circle_through_a_re_export_an_alias_a_glob_and_a_path_in_code() {
    for (a, c) in [
        ("use crate::c::B;", "pub use crate::b::B;"),
        ("use crate::c::Other;", "pub use crate::b::B as Other;"),
        ("use crate::c::*;\nfn g(x: B) {}", "pub use crate::b::B;"),
        ("fn g() { crate::c::B::new() }", "pub use crate::b::*;"),
        ("use crate::c as d; fn g() { d::b::f() }", "pub use crate::b;"),
    ] {
        let modules = modules(&[("app/a.rs", a), ("app/b.rs", "use crate::a::A; pub struct B;"), ("app/c.rs", c)]);
        let found = circles(&modules);
        assert_eq!(found.len(), 1, "{a}");
        assert!(found[0].starts_with("app/a.rs → app/b.rs → app/a.rs\n"), "{found:?}");
    }
}

#[test]
fn reports_no_circle_between_a_module_and_its_child_modules() {
    let files = [
        ("app/a.rs", "mod child; pub use child::X; pub fn f() {}"),
        ("app/a/child.rs", "mod deep; use super::f; pub struct X;"),
        ("app/a/child/deep.rs", "use crate::a::f; use super::X;"),
        ("app/lib.rs", "mod a; mod b; mod c; pub struct Root; use a::f;"),
        ("app/b.rs", "use crate::Root; use crate::a::X;"),
    ];
    assert_eq!(circles(&modules(&files)), [""; 0]);
}

#[test]
fn reports_no_circle_that_closes_only_between_a_module_and_its_child() {
    let down = [
        ("app/a.rs", "mod child; pub use child::X; pub struct A;"),
        ("app/a/child.rs", "use crate::b::B; pub struct X;"),
        ("app/b.rs", "use crate::a::A; pub struct B;"),
    ];
    assert_eq!(circles(&modules(&down)), [""; 0]);
    let up = [
        ("app/a.rs", "pub mod child; use crate::b::B; pub struct A;"),
        ("app/a/child.rs", "use super::A; pub struct X;"),
        ("app/b.rs", "use crate::a::child::X; pub struct B;"),
    ];
    assert_eq!(circles(&modules(&up)), [""; 0]);
}

#[test]
fn finds_a_circle_between_child_modules_of_two_modules() {
    let files = [
        ("app/a.rs", "pub mod x;"),
        ("app/a/x.rs", "use crate::b::y::Y; pub struct X;"),
        ("app/b.rs", "pub mod y; pub mod z;"),
        ("app/b/y.rs", "use super::z::Z; pub struct Y;"),
        ("app/b/z.rs", "use crate::a::x::X; pub struct Z;"),
    ];
    let found = circles(&modules(&files));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("app/a/x.rs → app/b/y.rs → app/b/z.rs → app/a/x.rs\n"), "{found:?}");
}

#[test]
fn finds_each_of_two_circles_that_share_a_file() {
    let files = [("app/a.rs", "use crate::{b, c};"), ("app/b.rs", "use crate::a;"), ("app/c.rs", "use crate::a;")];
    assert_eq!(circles(&modules(&files)).len(), 2);
}

const LAYERS: [Layer; 4] = [
    layer("inner", "app/a", ""),
    layer("outer", "app/b", "inner status"),
    layer("status", "app/c/status", "inner"),
    layer("wiring", "app/c app/lib", EVERYTHING),
];

fn violations(given: &[(&str, &str)]) -> Vec<String> {
    layers::violations(&LAYERS, &modules(given).arrows()).iter().map(ToString::to_string).collect()
}

#[test]
fn reports_an_import_of_a_layer_that_the_table_does_not_allow() {
    assert_eq!(violations(&[("app/b.rs", "use crate::a::A;")]), [""; 0]);
    assert_eq!(
        violations(&[("app/a.rs", "use crate::b::B;\n\nfn g() { crate::b::f() }")]),
        ["inner may not use outer: app/a.rs:1,3 `crate::b::B` in app/b.rs"]
    );
}

#[test]
fn reports_a_forbidden_arrow_behind_a_re_export() {
    let files = [
        ("app/a.rs", "use crate::c::status::B;"),
        ("app/c.rs", "pub mod status;"),
        ("app/c/status.rs", "pub use crate::b::B;"),
    ];
    let found = violations(&files);
    assert!(
        found.contains(&"inner may not use outer: app/a.rs:1 `crate::c::status::B` in app/b.rs".to_owned()),
        "{found:?}"
    );
    assert!(
        found.contains(&"status may not use outer: app/c/status.rs:1 `crate::b::B` in app/b.rs".to_owned()),
        "{found:?}"
    );
}

#[test]
fn a_folder_inside_a_layer_can_be_a_layer_of_its_own_and_wiring_may_use_all() {
    let files = [
        ("app/b.rs", "use crate::c::status::S;"),
        ("app/c.rs", "pub mod status; use crate::{a::A, b::B};"),
        ("app/c/status.rs", "pub struct S;"),
    ];
    assert_eq!(violations(&files), [""; 0]);
    assert_eq!(
        violations(&[("app/b.rs", "use crate::c::C;")]),
        ["outer may not use wiring: app/b.rs:1 `crate::c::C` in app/c.rs"]
    );
    let name = |file| layers::layer_of(&LAYERS, file).map(|layer| layer.name);
    assert_eq!(name("app/c/status/more.rs"), Some("status"));
    assert_eq!(name("app/about.rs"), None);
}

#[test]
fn reports_a_crate_named_outside_its_home() {
    const HOMES: [Home; 1] = [Home { name: "window", folder: "app/a" }];
    let found = |given: &[(&str, &str)]| layers::strays(&HOMES, &modules(given).outside()).len();
    assert_eq!(
        found(&[
            ("app/a.rs", "use window::Wide;"),
            ("app/b.rs", "use windows::X; struct Y(crate::a::window); fn g() { <X as Z>::window() }")
        ]),
        0
    );
    assert_eq!(found(&[("app/b.rs", "use window::Wide;")]), 1);
    assert_eq!(
        found(&[("app/b.rs", "fn g() { window_size::of() }"), ("app/c.rs", "use window as w; fn g() { w::f() }")]),
        2
    );
    assert_eq!(found(&[("app/b.rs", "#[window::command] fn g() { ::window::f() }")]), 1);
    assert_eq!(found(&[("app/b.rs", "mod window; use window::Wide;"), ("app/b/window.rs", "pub struct Wide;")]), 0);
}

#[test]
fn reports_a_member_that_leads_to_a_forbidden_layer() {
    const TABLE: [Layer; 3] =
        [layer("given", "app/a", "context store"), layer("shown", "app/b", "context"), layer("apart", "app/c", "")];
    let text = "fn g() { x.store().list();\n x.store.list();\n x.store(true); x.restore(); }";
    let modules = modules(&[("app/a.rs", text), ("app/b.rs", text), ("app/c.rs", text)]);
    let found = layers::reaches(&TABLE, "context", "store", "store", &modules.members("store"));
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found, ["shown may not use store: app/b.rs:1,2 `.store` of the context"]);
}

#[test]
fn finds_layers_that_may_use_each_other_and_names_without_a_row() {
    assert_eq!(layers::contradictions(&LAYERS), [""; 0]);
    let table = [layer("x", "", "y"), layer("y", "", "z"), layer("z", "", "x")];
    assert_eq!(layers::contradictions(&table).len(), 3);
    assert_eq!(layers::contradictions(&[layer("x", "", "types:y"), layer("y", "", "x")]), [""; 0]);
    assert_eq!(layers::contradictions(&[layer("x", "", "w")]), ["x names w, which is no layer"]);
}

const PAGE: [Layer; 3] = [
    layer("parts", "ui/parts", "types:calls"),
    layer("calls", "ui/calls", ""),
    layer("views", "ui/views", "parts calls"),
];

fn page_violations(file: &str, text: &str) -> usize {
    let files = files(&[
        ("ui/parts/Button.svelte", ""),
        ("ui/calls/client.ts", ""),
        ("ui/views/list.svelte.ts", ""),
        (file, text),
    ]);
    layers::violations(&PAGE, &page::arrows(&files)).len()
}

#[test]
fn reports_a_page_import_that_the_table_does_not_allow() {
    for import in [
        "import { call } from \"../calls/client\";",
        "import {\n  call,\n  type Reply,\n} from '../calls/client';",
        "import client from \"../calls/client\";",
        "import client, { type Reply } from \"../calls/client\";",
        "import * as client from \"./../calls/client\";",
        "import \"../calls/client\";",
        "export { call } from \"../calls/client\";",
        "export * from \"../calls/client\";",
        "const client = await import(\"../calls/client\");",
        "import { list } from \"../views/list.svelte\";",
        "import type { Row } from \"../views/list.svelte\";",
    ] {
        assert_eq!(page_violations("ui/parts/Field.ts", import), 1, "{import}");
        let svelte = format!("<script lang=\"ts\">\n  {import}\n</script>\n<p>Text</p>");
        assert_eq!(page_violations("ui/parts/Field.svelte", &svelte), 1, "{import}");
        assert_eq!(page_violations("ui/parts/Field.test.ts", import), 0, "{import}");
    }
}

#[test]
fn ignores_page_imports_of_types_packages_and_allowed_layers_and_comments() {
    for text in [
        "import type { Reply } from \"../calls/client\";",
        "import { type Reply, type Row } from \"../calls/client\";",
        "export type { Reply } from \"../calls/client\";",
        "import { call } from \"calls/client\";",
        "import { label } from \"./Button.svelte\";",
        "// import { call } from \"../calls/client\";",
        "/*\nimport { call } from \"../calls/client\";\n*/",
        "export { Field };\nconst name = \"../calls/client\";",
    ] {
        assert_eq!(page_violations("ui/parts/Field.ts", text), 0, "{text}");
    }
    let prose = "<script>\n</script>\n<p>\nimport { call } from \"../calls/client\";\n</p>";
    assert_eq!(page_violations("ui/parts/Field.svelte", prose), 0);
    assert_eq!(page_violations("ui/views/View.ts", "import { call } from \"../calls/client\";"), 0);
}
