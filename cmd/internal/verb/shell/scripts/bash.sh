_hat() {
  local line
  COMPREPLY=()
  [ "$COMP_CWORD" = 1 ] || return 0
  while IFS= read -r line; do
    case $line in
    :*) ;;
    *) COMPREPLY+=("$line") ;;
    esac
  done < <(command @HATSTAND@ __completeNoDesc env "${COMP_WORDS[COMP_CWORD]}" 2>/dev/null)
}
complete -F _hat hat
