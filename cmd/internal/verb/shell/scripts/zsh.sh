function _hat {
  (( CURRENT == 2 )) || \return 0
  \local -a names
  names=("${(@f)$(\command @HATSTAND@ __completeNoDesc env "${(Q)PREFIX}" 2>/dev/null)}")
  names=("${(@)names:#(:*|)}")
  \compadd -a names
}
if (( ${+functions[compdef]} )); then
  \compdef _hat hat
else # compinit comes later
  function _hat_register {
    \emulate -L zsh
    (( ${+functions[compdef]} )) || \return 0
    \compdef _hat hat
    precmd_functions=("${(@)precmd_functions:#_hat_register}")
  }
  \typeset -ga precmd_functions
  precmd_functions+=(_hat_register)
fi
