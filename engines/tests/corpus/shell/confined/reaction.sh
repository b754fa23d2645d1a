exec 2>/dev/null
attempt() { if (: >"$2"); then echo "$1 written"; else echo "$1 refused"; fi; }
attempt /tmp /tmp/reactant-confined
attempt /var/tmp /var/tmp/reactant-confined
attempt /etc /etc/reactant-confined
attempt /dev /dev/reactant-confined
attempt /proc/sys /proc/sys/kernel/core_pattern
attempt /sys /sys/kernel/mm/ksm/run
echo x >/dev/null && [ "$(head -c 3 /dev/zero | tr '\0' y)" = yyy ] && echo null works
tail -n +3 /proc/net/dev | tr -d ' ' | cut -d: -f1
[ "$(ls /proc | grep -c '^[0-9]')" -lt 10 ] && echo own processes
grep -q '^CapEff:	0*$' /proc/self/status && echo no capability
echo x >file && [ "$(cat file)" = x ] && mkdir sub && mv file sub && rm -r sub && echo fine
