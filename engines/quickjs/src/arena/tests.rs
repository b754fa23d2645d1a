use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    Allocate(usize),
    Zeroed(usize),
    Free(prop::sample::Index),
    Resize(prop::sample::Index, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let size = prop_oneof![1usize..64, 500usize..5000, 1usize..200_000];
    let step = prop_oneof![
        3 => size.clone().prop_map(Step::Allocate),
        1 => size.clone().prop_map(Step::Zeroed),
        3 => any::<prop::sample::Index>().prop_map(Step::Free),
        2 => (any::<prop::sample::Index>(), size).prop_map(|(which, size)| Step::Resize(which, size)),
    ];
    prop::collection::vec(step, 1..200)
}

/// Walks the blocks and their lists.
fn check(arena: &Arena, live: &[(usize, Vec<u8>)]) {
    // SAFETY: the arena is not in use elsewhere.
    let state = unsafe { &*arena.state() };
    let mut at = arena.address() + size_of::<State>().next_multiple_of(ALIGN);
    let (mut before, mut before_free, mut used, mut free) = (0, false, 0, 0);
    while at < state.brk {
        // SAFETY: the walk stays on block heads.
        let block = unsafe { &*State::block(at) };
        assert_eq!(block.before, before);
        let is_free = block.size & FREE != 0;
        assert!(!(is_free && before_free), "two free neighbours");
        if is_free {
            free += 1
        } else {
            used += 1
        }
        (before, before_free) = (at, is_free);
        at += HEAD + (block.size & !FREE);
    }
    assert_eq!((at, before), (state.brk, state.last));
    assert!(!before_free, "the last block is free");
    assert_eq!(used, live.len());
    let mut listed = 0;
    for (level, lists) in state.free.iter().enumerate() {
        assert_eq!(state.levels >> level & 1 == 1, state.splits[level] != 0);
        for (split, head) in lists.iter().enumerate() {
            assert_eq!(state.splits[level] >> split & 1 == 1, *head != 0);
            let mut at = *head;
            while at != 0 {
                // SAFETY: lists hold block heads.
                let block = unsafe { &*State::block(at) };
                assert_eq!(list_of(block.size & !FREE), (level, split));
                listed += 1;
                at = block.next;
            }
        }
    }
    assert_eq!(listed, free);
    for (content, bytes) in live {
        // SAFETY: the block is live.
        let found = unsafe { std::slice::from_raw_parts(*content as *const u8, bytes.len()) };
        assert!(found == bytes, "content changed");
    }
}

proptest! {
    #[test]
    fn blocks_keep_their_content_and_the_heap_its_order(steps in steps()) {
        let arena = Arena::new(64 << 20).unwrap();
        let opaque = arena.opaque();
        let mut live: Vec<(usize, Vec<u8>)> = Vec::new();
        let mut tag = 0u8;
        let mut fill = |content: usize, bytes: usize| {
            tag = tag.wrapping_add(1);
            // SAFETY: the block has at least so many bytes.
            unsafe { ptr::write_bytes(content as *mut u8, tag, bytes) };
            vec![tag; bytes]
        };
        for step in steps {
            // SAFETY: pointers come from the arena and are live.
            unsafe {
                match step {
                    Step::Allocate(size) => {
                        let content = malloc(opaque, size as _) as usize;
                        assert!(content.is_multiple_of(ALIGN) && content != 0);
                        assert!(usable_size(content as _) as usize >= size);
                        let bytes = fill(content, size);
                        live.push((content, bytes));
                    }
                    Step::Zeroed(size) => {
                        let content = calloc(opaque, 1, size as _) as usize;
                        live.push((content, vec![0; size]));
                    }
                    Step::Free(which) if !live.is_empty() => {
                        let (content, _) = live.swap_remove(which.index(live.len()));
                        free(opaque, content as _);
                    }
                    Step::Resize(which, size) if !live.is_empty() => {
                        let which = which.index(live.len());
                        let (content, mut bytes) = live[which].clone();
                        let content = realloc(opaque, content as _, size as _) as usize;
                        bytes.truncate(size);
                        live[which] = (content, bytes);
                    }
                    _ => {}
                }
            }
            check(&arena, &live);
        }
        for (content, _) in live.drain(..) {
            // SAFETY: live until here.
            unsafe { free(opaque, content as _) };
        }
        check(&arena, &[]);
        prop_assert_eq!(arena.used(), size_of::<State>().next_multiple_of(ALIGN));
    }
}

#[test]
fn what_exceeds_the_limit_is_refused() {
    let mut arena = Arena::new(64 << 20).unwrap();
    arena.set_limit(arena.used() + (1 << 20));
    // SAFETY: the opaque pointer is the arena's.
    unsafe {
        assert!(malloc(arena.opaque(), 2 << 20).is_null());
        let block = malloc(arena.opaque(), 900_000);
        assert!(!block.is_null());
        assert!(realloc(arena.opaque(), block, 2 << 20).is_null());
        assert!(calloc(arena.opaque(), u64::MAX, 16).is_null());
        assert!(malloc(arena.opaque(), u64::MAX).is_null());
        assert!(malloc(arena.opaque(), 200_000).is_null());
        free(arena.opaque(), block);
        assert!(!malloc(arena.opaque(), 1_000_000).is_null());
    }
}

#[test]
fn pages_of_a_large_heap_go_back() {
    let mut arena = Arena::new(64 << 20).unwrap();
    let used = arena.used();
    arena.set_limit(32 << 20);
    // SAFETY: the block is written within its size; the byte that is read again lies in the mapping.
    unsafe {
        let block = malloc(arena.opaque(), 16 << 20).cast::<u8>();
        ptr::write_bytes(block, 7, 16 << 20);
        free(arena.opaque(), block.cast());
        arena.trim(used, 1 << 20);
        assert_eq!(*block.add(8 << 20), 0);
        assert_eq!(*block.add(1 << 19), 7);
    }
}
