//! Types and codes of ICMP by name, as nftables and iptables name them; numbers where these have none.

use std::borrow::Cow;

use super::text::Icmp;

/// What a message of version 4 (RFC 792, and IANA's "ICMP Parameters") or 6 (RFC 4443) is.
pub(super) fn name(is_v6: bool, (kind, code): (u8, u8)) -> Icmp {
    let (kind_name, codes) = if is_v6 { v6(kind) } else { v4(kind) };
    let name = |name: Option<&'static str>, number: u8| match name {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Owned(number.to_string()),
    };
    let code_name = codes.get(usize::from(code)).copied();
    // What has no codes has the code 0.
    let code =
        if codes.is_empty() && code == 0 { Cow::Borrowed("") } else { name(code_name, code) };
    Icmp { r#type: name(kind_name, kind), code }
}

type Names = (Option<&'static str>, &'static [&'static str]);

fn v4(kind: u8) -> Names {
    let name = match kind {
        0 => "echo-reply",
        3 => {
            return (
                Some("destination-unreachable"),
                &[
                    "network-unreachable",
                    "host-unreachable",
                    "protocol-unreachable",
                    "port-unreachable",
                    "fragmentation-needed",
                    "source-route-failed",
                    "network-unknown",
                    "host-unknown",
                    "source-host-isolated",
                    "network-prohibited",
                    "host-prohibited",
                    "TOS-network-unreachable",
                    "TOS-host-unreachable",
                    "communication-prohibited",
                    "host-precedence-violation",
                    "precedence-cutoff",
                ],
            );
        }
        4 => "source-quench",
        5 => {
            return (
                Some("redirect"),
                &["network-redirect", "host-redirect", "TOS-network-redirect", "TOS-host-redirect"],
            );
        }
        8 => "echo-request",
        9 => "router-advertisement",
        10 => "router-solicitation",
        11 => {
            return (
                Some("time-exceeded"),
                &["ttl-zero-during-transit", "ttl-zero-during-reassembly"],
            );
        }
        12 => return (Some("parameter-problem"), &["ip-header-bad", "required-option-missing"]),
        13 => "timestamp-request",
        14 => "timestamp-reply",
        17 => "address-mask-request",
        18 => "address-mask-reply",
        _ => return (None, &[]),
    };
    (Some(name), &[])
}

fn v6(kind: u8) -> Names {
    let name = match kind {
        1 => {
            return (
                Some("destination-unreachable"),
                &[
                    "no-route",
                    "communication-prohibited",
                    "beyond-scope",
                    "address-unreachable",
                    "port-unreachable",
                    "failed-policy",
                    "reject-route",
                ],
            );
        }
        2 => "packet-too-big",
        3 => {
            return (
                Some("time-exceeded"),
                &["ttl-zero-during-transit", "ttl-zero-during-reassembly"],
            );
        }
        4 => {
            return (
                Some("parameter-problem"),
                &["bad-header", "unknown-header-type", "unknown-option"],
            );
        }
        128 => "echo-request",
        129 => "echo-reply",
        133 => "router-solicitation",
        134 => "router-advertisement",
        135 => "neighbour-solicitation",
        136 => "neighbour-advertisement",
        137 => "redirect",
        _ => return (None, &[]),
    };
    (Some(name), &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_codes_have_names_or_are_numbers() {
        let name = |v6, pair| {
            let icmp = name(v6, pair);
            format!("{} {}", icmp.r#type, icmp.code)
        };
        assert_eq!(name(false, (8, 0)), "echo-request ");
        assert_eq!(name(true, (128, 0)), "echo-request ");
        assert_eq!(name(false, (3, 3)), "destination-unreachable port-unreachable");
        assert_eq!(name(true, (1, 4)), "destination-unreachable port-unreachable");
        assert_eq!(name(false, (8, 7)), "echo-request 7");
        assert_eq!(name(true, (200, 1)), "200 1");
    }
}
