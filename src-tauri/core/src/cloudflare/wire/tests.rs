use super::*;

/// An entry with one member of each kind.
#[derive(Debug, PartialEq)]
struct Inner(Option<String>);

#[derive(Debug, Default, PartialEq)]
struct Thing {
    id: String,
    text: Option<String>,
    moment: Option<DateTime<Utc>>,
    length: Option<Duration>,
    bytes: Option<u64>,
    count: Option<u32>,
    percent: Option<f32>,
    flag: Option<bool>,
    inner: Option<Inner>,
}

impl Entry for Thing {
    const WHAT: &'static str = "thing";
    const LIST: &'static str = "things";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self {
            id: fields.needed("id")?,
            text: fields.text("text"),
            moment: fields.moment("moment"),
            length: fields.length("length"),
            bytes: fields.bytes("bytes"),
            count: fields.count("count"),
            percent: fields.percent("percent"),
            flag: fields.flag("flag"),
            inner: fields.within("inner", |inner| Inner(inner.text("text"))),
        })
    }
}

fn thing(members: &str) -> (Thing, Option<String>) {
    let text = format!(r#"{{"id":"a"{}{members}}}"#, if members.is_empty() { "" } else { "," });
    let One { value, oddity, .. } = one::<Thing>(&text).unwrap();
    (value.unwrap(), oddity.map(|oddity| oddity.why))
}

fn bare() -> Thing {
    Thing { id: "a".into(), ..Thing::default() }
}

#[test]
fn null_empty_and_absent_members_have_no_value_and_are_not_odd() {
    let all = ["text", "moment", "length", "bytes", "count", "percent", "flag", "inner"];
    assert_eq!(thing(""), (bare(), None));
    for value in ["null", "\"\"", "\"  \""] {
        let members: Vec<String> = all
            .iter()
            .filter(|name| value == "null" || **name != "inner")
            .map(|name| format!("\"{name}\":{value}"))
            .collect();
        assert_eq!(thing(&members.join(",")), (bare(), None), "{value}");
    }
    assert_eq!(thing(r#""length":-1,"bytes":-1"#), (bare(), None), "Stream writes −1 while it does not know");
}

#[test]
fn numbers_and_flags_may_be_text() {
    for members in [
        r#""length":1.5,"bytes":524288000,"count":3,"percent":39,"flag":true"#,
        r#""length":"1.5","bytes":"524288000","count":"3.0","percent":"39.000000","flag":"true""#,
        r#""length":" 1.5 ","bytes":5.24288e8,"count":3.7,"percent":"39","flag":"true""#,
    ] {
        let expected = Thing {
            length: Some(Duration::from_millis(1_500)),
            bytes: Some(524_288_000),
            count: Some(3),
            percent: Some(39.0),
            flag: Some(true),
            ..bare()
        };
        assert_eq!(thing(members), (expected, None), "{members}");
    }
}

#[test]
fn an_odd_member_is_absent_and_noted_and_spoils_no_other() {
    for (name, values) in [
        ("text", &["5", "{}", "[]", "\"\\ud800\"", "true"][..]),
        ("moment", &["\"yesterday\"", "\"+262142-12-31T23:59:59Z\"", "1772391662", "\"1999-12-31T23:59:59Z\""]),
        ("length", &["9.2e15", "172801", "\"long\"", "1e999", "-5", "{}"]),
        ("bytes", &["9223372036854775808", "\"99999999999999999999999\"", "1e999", "-2", "[1]"]),
        ("count", &["-1", "\"many\"", "1e999"]),
        ("percent", &["\"most\"", "{}", "1e999"]),
        ("flag", &["1", "\"yes\"", "[]"]),
        ("inner", &["5", "\"x\"", "[]"]),
    ] {
        for value in values {
            let members = if name == "text" {
                format!("\"{name}\":{value}")
            } else {
                format!("\"{name}\":{value},\"text\":\"fine\"")
            };
            let (read, odd) = thing(&members);
            let text = (name != "text").then(|| "fine".to_owned());
            assert_eq!(read, Thing { text, ..bare() }, "{members}");
            assert_eq!(odd, Some(format!("its “{name}” cannot be read and was left out")), "{members}");
        }
    }
}

#[test]
fn one_odd_entry_never_spoils_its_list() {
    let deep = format!("{{\"id\":\"deep\",\"text\":{}1{}}}", "[".repeat(500), "]".repeat(500));
    let odd =
        [r#"{"id":null}"#, "{}", "null", "5", "\"text\"", "[]", r#"{"id":7}"#, r#"{"id":""}"#, r#"{"id":"\ud800"}"#];
    for entry in odd {
        let list = list::<Thing>(&format!(r#"[{{"id":"a"}},{entry},{{"id":"b"}}]"#)).unwrap();
        let ids: Vec<&str> = list.items.iter().map(|thing| thing.id.as_str()).collect();
        assert_eq!((ids, list.told, list.odd.len()), (vec!["a", "b"], 3, 1), "{entry}");
    }
    // Members that are not read may contain anything. An odd member that is read counts as absent.
    for entry in [r#"{"id":"c","unread":1e999,"id2":"\ud800"}"#, r#"{"id":"x","id":"c"}"#, deep.as_str()] {
        assert_eq!(list::<Thing>(&format!("[{entry}]")).unwrap().items.len(), 1, "{entry}");
    }
}

#[test]
fn a_list_may_be_null_absent_or_inside_an_object() {
    for (text, count) in [
        ("null", Some(0)),
        ("[]", Some(0)),
        (r#"{"things":[{"id":"a"}],"paging":null}"#, Some(1)),
        (r#"{"things":null}"#, Some(0)),
        ("{}", Some(0)),
        ("5", None),
        ("\"text\"", None),
        (r#"{"things":5}"#, None),
    ] {
        assert_eq!(list::<Thing>(text).map(|list| list.items.len()), count, "{text}");
    }
}

#[test]
fn a_list_with_too_many_entries_is_read_to_the_limit_and_noted() {
    let long = vec![r#"{"id":"a"}"#; ENTRIES_MAX + 10].join(",");
    let list = list::<Thing>(&format!("[{long}]")).unwrap();
    assert_eq!((list.items.len(), list.told), (ENTRIES_MAX, ENTRIES_MAX + 10));
    assert!(list.odd[0].why.contains("2010 entries"), "{}", list.odd[0]);
}

#[test]
fn the_fingerprint_of_a_page_depends_on_its_ids_only() {
    let page = |url: &str| list::<Thing>(&format!(r#"[{{"id":"a","text":"{url}"}}]"#)).unwrap().fingerprint;
    assert_eq!(page("signed at noon"), page("signed later"));
    assert_ne!(page("x"), list::<Thing>(r#"[{"id":"b","text":"x"}]"#).unwrap().fingerprint);
}

#[test]
fn a_sent_name_is_one_line_of_visible_text() {
    assert_eq!(line(" Karate\n\u{202e}Grund\u{7}lagen "), "Karate Grund lagen");
    assert_eq!(line("\u{202e}"), "");
    assert_eq!(line(&"é".repeat(1_000)).chars().count(), LINE_MAX);
}
