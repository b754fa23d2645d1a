# The helpers as commands. A call is a file, so that any size and any byte but NUL can be said and calls of several processes never mix; one short
# line on a descriptor announces it. The answer takes the file's place. A line that comes back says that some answer is there: who reads it and does
# not find its own hands it on. Builtins only; nothing here minds the options and the IFS of the script.
_reactant() {
	IFS=' ' read -r _reactant_id _reactant_rest </proc/self/stat || _reactant_id=$$
	_reactant_count=$((_reactant_count + 1))
	_reactant_call "$_reactant_id.$_reactant_count" "$_reactant_calls/$_reactant_id.$_reactant_count" "$@"
}
_reactant_call() {
	printf '%s\0' "?
$#" "$@" >|"$2" || return 2
	printf '%s\n' "$1" >&8 || return 2
	while IFS= read -r _reactant_rest <&8; do
		{
			IFS= read -r _reactant_rest || return 2
			# What has been read is emptied, so that the host knows and the folder has room.
			case $_reactant_rest in
			=?)
				true >|"$2"
				return "${_reactant_rest#=}"
				;;
			+?)
				_reactant_id=${_reactant_rest#+}
				IFS= read -r _reactant_rest || return 2
				true >|"$2"
				printf '%b\n' "$_reactant_rest"
				return "$_reactant_id"
				;;
			%?)
				command -p cat
				true >|"$2"
				return "${_reactant_rest#%}"
				;;
			esac
		} <"$2" || return 2
		printf '\n' >&8 || return 2
	done
	return 2
}
_reactant_count=0
