/**
 * What attacks on a model say in other languages, in the notation and the classes of misuse-words.ts: so what is learnt of
 * English attacks holds for them too. In scripts without spaces each character is a word.
 */
export const FOREIGN_MISUSE_WORDS: Readonly<Record<string, string>> = {
  ignore:
    'ignorieren ignorier missachte übergehe vergesst ignorez ignorer oublier abstraction ignorar olvide olvidar descarta caso_omiso ignore esqueça esquece esquecer desconsidere desconsidera ignorare ignori dimenticare trascura scorda vergeet negeert zignoruj ignoruj zapomnij pomiń игнорируйте проигнорируй забудьте отбрось ігноруй yoksay unut görmezden göz_ardı dikkate_alma abaikan lupakan bỏ_qua quên balewalain kalimutan अनदेखा नज़रअंदाज़ नजरअंदाज भूल तुरंत_भूल تجاهل تجاهلي انس انسى התעלם תתעלם שכח 無_視 忘_れ 忽_略 无_视 忘_记 忘_掉 무시하고 무시해 무시하세요 무시하십시오 잊어 잊어버리고 잊어버려 αγνόησε αγνοήστε ξέχασε ξεχάστε ignorera glöm glem zapomeň zanemari ignoriraj ignoră uită felejtsd unohda',
  previous:
    'vorangegangenen vorangehenden obige früheren vorangegangene précédents précédent antérieures antérieurs ci_dessus plus_haut anteriores previos arriba acima prévias prévios precedenti precedente vorige bovenstaande eerdere hierboven poprzednie poprzednich wcześniejsze powyższe powyższych предыдущую выше прежние önceki yukarıdaki yukarıda sebelumnya di_atas trước trước_đó ở_trên पिछले पिछली उपरोक्त السابقة السابق أعلاه 以_前 前_の 上_記 之_前 上_述 以_上 前_面 上_面 이전 위의 앞의 προηγούμενες προηγούμενα παραπάνω tidigare föregående ovan tidligere předchozí prethodne anterioare korábbi aiemmat',
  instructions:
    'befehle vorgaben richtlinien anordnungen directives instrucciones órdenes indicaciones directrices instruções ordens regras diretrizes orientações istruzioni regole direttive indicazioni ordini instructies opdrachten instrukcje instrukcji polecenia zasady zasadach reguły указания правила команды talimatları talimatlar talimatı kuralları kurallarına komutları yönergeleri instruksi perintah petunjuk aturan hướng_dẫn chỉ_dẫn chỉ_thị quy_tắc tagubilin निर्देश निर्देशों आदेश नियम नियमों التعليمات تعليمات الأوامر القواعد 指_示 命_令 ル_ー_ル 指_令 规_则 提_示 지시 지시를 지시사항 지침 지침은 명령 명령은 규칙 규칙을 οδηγίες οδηγιών κανόνες κανόνων instruktioner regler instrukser pokyny pravidla upute instrucțiunile utasításokat ohjeet',
  private:
    "passwort passworts kennwort kennworts geheimwort geheimnis geheime geheimen geheimer schlüsselwort mot_de_passe clé_secrète code_secret contraseña contraseñas clave_secreta palabra_secreta senha senhas chave_secreta palavra_secreta parola_segreta chiave_segreta parola_d'ordine wachtwoord wachtwoorden geheim hasło hasła hasłem tajne tajny пароль пароля паролем пароли секретный секретное секрет şifre şifreyi şifreni şifremi parolanı gizli kata_sandi rahasia mật_khẩu bí_mật पासवर्ड गुप्त كلمة_المرور كلمة_السر السري パ_ス_ワ 秘_密 合_言_葉 密_码 口_令 机_密 密_钥 비밀번호 비밀번호를 암호 암호를 비밀 κωδικό κωδικός κωδικού μυστικό μυστικός μυστική lösenord lösenordet hemligt hemliga adgangskode kodeord salasana heslo jelszó lozinka",
  reveal:
    'verrate verrat nenne offenbare wiederhole révèle révélez dis_moi donne_moi montre_moi répète communique divulgue revela revelar muéstrame dime comparte repite revele mostre me_diga compartilhe repita rivela rivelami mostrami dimmi condividi ripeti onthul vertel_me herhaal ujawnij pokaż podaj powtórz раскрой покажи скажи выведи назови повтори сообщи göster söyle paylaş tekrarla ungkapkan tampilkan beritahu bagikan tiết_lộ hiển_thị chia_sẻ बताओ बताएं दिखाओ साझा दोहराओ اكشف أخبرني شارك اعرض واعرض كرر وأخبرني 教_え 表_示 共_有 告_诉 显_示 透_露 泄_露 输_出 알려줘 공개 공유해줘 보여줘 말해줘 출력해 πες αποκάλυψε δείξε visa berätta upprepa',
  system:
    'systemprompt systemnachricht message_système prompt_système mensaje_de_sistema prompt_del_sistema prompt_de_sistema prompt_do_sistema prompt_di_sistema systeemprompt prompt_systemowy системный системные системную sistem_istemini 系_统_提 シ_ス_テ 시스템 सिस्टम',
  pretend:
    'stell_dir_vor tu_so_als ab_jetzt fais_semblant à_partir_de finge actúa_como ahora_eres finja aja_como agora_você fingi ora_sei da_ora_in представь притворись теперь_ты отныне 假_装 扮_演 想_像 척해 이제부터 अब_से तुम_अब تخيل تظاهر من_الآن bundan_sonra mulai_sekarang từ_giờ',
  kill: 'убить убивать matar_a uccidere assassinare doden zabić öldürmek 杀_人 殺_す قتل',
  steal: 'klauen braquer rubare stelen ukraść украсть çalmak 偷_窃',
  weapon: 'sprengsatz bombe_bauen бомбу взрывчатку ordigno explosivo explosif bomba_casera 炸_弹 爆_弾 폭탄 قنبلة बम',
  encode: 'rückwärts envers al_revés ao_contrário al_contrario задом_наперёд 倒_着 逆_か_ら 거꾸로 tersten',
  authority:
    'administratör entwickler développeur desarrollador programmatore desenvolvedor администратор разработчик 管_理_员 开_发_者 開_発_者 개발자야 yöneticiyim',
};
