# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}

made=$(CreateTempDir 'case-*')
WriteFile "$made/a" evidence
Info "$(ReadFile "$made/a")"
Info "$(s RemoveDir "$made") $(Stat "$made" || echo null) [$(ReadFile "$made/a")]"
Info "$(s RemoveDir "$made")"
