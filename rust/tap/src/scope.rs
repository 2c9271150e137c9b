use std::cell::RefCell;

thread_local! {
    /// The open scopes of this thread, joined by dots.
    static PREFIX: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs `body` with `name.` put before the name of every tap in it.
///
/// Scopes nest. They belong to the thread: a tap in a thread that `body` starts does not see them.
pub fn scope<R>(name: &str, body: impl FnOnce() -> R) -> R {
    let _close = Close(open(name));
    body()
}

/// The open scopes and `name`, joined by dots.
pub(crate) fn full_name(name: &str) -> String {
    PREFIX.with_borrow(|prefix| join(prefix, name))
}

fn join(prefix: &str, name: &str) -> String {
    match (prefix, name) {
        ("", name) => name.to_owned(),
        (prefix, "") => prefix.to_owned(),
        (prefix, name) => format!("{prefix}.{name}"),
    }
}

/// Opens a scope and returns the length of the prefix before it.
fn open(name: &str) -> usize {
    PREFIX.with_borrow_mut(|prefix| {
        let before = prefix.len();
        *prefix = join(prefix, name);
        before
    })
}

/// Closes the scope when dropped, so that a panic in the body closes it too.
struct Close(usize);

impl Drop for Close {
    fn drop(&mut self) {
        PREFIX.with_borrow_mut(|prefix| prefix.truncate(self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::{full_name, scope};

    #[test]
    fn scopes_nest_and_close() {
        let inner = scope("blocks.3", || scope("attn", || full_name("q")));
        assert_eq!(inner, "blocks.3.attn.q");
        assert_eq!(full_name("q"), "q");
    }

    #[test]
    fn the_empty_name_is_the_scope_itself() {
        assert_eq!(scope("blocks.3", || full_name("")), "blocks.3");
    }

    #[test]
    fn a_panic_closes_the_scope() {
        let caught = std::panic::catch_unwind(|| scope("blocks.3", || panic!("in the body")));
        assert!(caught.is_err());
        assert_eq!(full_name("q"), "q");
    }

    #[test]
    fn another_thread_has_its_own_scopes() {
        let name = scope("blocks.3", || {
            std::thread::spawn(|| full_name("q")).join().unwrap()
        });
        assert_eq!(name, "q");
    }
}
