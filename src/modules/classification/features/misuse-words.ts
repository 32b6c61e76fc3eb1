import { FOREIGN_MISUSE_WORDS } from './foreign-misuse-words.js';
import { HARM_WORDS } from './harm-words.js';

/**
 * Words by what they stand for. `~` after a word adds its usual endings (-s, -ed, -ing, -er); `_` joins the words of a
 * phrase, at most three. A word may stand in one class only; a phrase wins over its words.
 */
const ENGLISH_WORDS: Readonly<Record<string, string>> = {
  kill: 'kill~ murder~ assassinate~ assassination strangle~ stab~ slaughter~ behead~ suffocate~ bludgeon~ lynch~ massacre~ shoot~ shot shooting homicide hitman hitmen decapitate~ electrocute~ töten umbringen ermorden erschießen matar asesinar tuer assassiner',
  hurt: 'hurt~ injure~ torture~ maim~ assault~ beat_up rape~ rapist molest~ kidnap~ abduct~ stalk~ threaten~ terrorize~ terrorise~ intimidate~ blackmail~ extort~ bully~ bullying harass~ harassment mutilate~ abuse~ disfigure~ coerce~ enslave~ dox~ doxx~ humiliate~ sabotage~ vandalize~ destroy~ gaslight~ groom~ ambush~ punch~ verletzen entführen erpressen secuestrar chantajear',
  destroy:
    'blow_up blowing_up burn_down burning_down set_fire arson arsonist derail~ crash~ explode~ detonate~ sprengen',
  steal:
    'steal~ stealing stole stolen rob~ robbery shoplift~ burgle~ burglary burglar pickpocket~ loot~ carjack~ smuggle~ traffic~ trafficking launder~ laundering embezzle~ embezzlement counterfeit~ forge~ forgery plagiarize~ pirate~ hotwire~ hot-wire hijack~ stehlen robar voler',
  cheat:
    'scam~ defraud~ fraud con deceive~ swindle~ impersonate~ spoof~ phish~ phishing dupe~ manipulate~ manipulation bribe~ bribery evade~ evasion dodge~ catfish~ fraudulent ponzi pyramid_scheme fake~ falsify~ fabricate~ rig~ cheat~ lie embellish~ betrügen estafar',
  hack: 'hack~ hacker hackers breach~ infiltrate~ exfiltrate~ ddos keylog~ brute_force bruteforce~ brute-force crack~ intercept~ eavesdrop~ wiretap~ deface~ deanonymize~ bypass~ circumvent~ break_into breaking_into unauthorized gain_access hacken hackear pirater',
  exploit: 'exploit~ vulnerability vulnerabilities cve payload sql_injection injection xss overflow attack~ penetrate~',
  weapon:
    'bomb~ explosive~ explosives grenade~ gun~ firearm~ rifle~ pistol~ handgun~ ammunition ammo silencer~ suppressor~ detonator ied molotov napalm landmine~ nuke~ nuclear_weapon missile~ weapon~ weapons nerve_agent nerve_gas sarin ricin anthrax botulinum cyanide mustard_gas chlorine_gas tatp thermite dynamite c4 pipe_bomb dirty_bomb bioweapon~ chemical_weapon chemical_weapons biological_weapon tnt rdx gunpowder shrapnel sprengstoff bombe bomba ghost_gun arme',
  poison: 'poison~ toxin~ lethal deadly arsenic toxic venom strychnine gift veneno',
  drug: 'meth methamphetamine cocaine heroin fentanyl lsd mdma ecstasy opium ketamine ghb roofies rohypnol amphetamine~ narcotics narcotic drug_dealer illegal_drugs weed marijuana cannabis dmt psilocybin steroids opioid~ oxycontin drogen drogas drogue',
  drugs: 'drug~ pills dose dosage overdose~ overdosing',
  malware:
    'malware ransomware trojan trojans worm keylogger~ spyware rootkit~ botnet~ backdoor~ shellcode zero_day adware stealer phishing_page phishing_email phishing_site virus viruses exploit_kit reverse_shell persistence_mechanism sandbox_escape c2 schadsoftware',
  person:
    "person people someone somebody man men woman women guy neighbor~ neighbour~ boss coworker~ co-worker colleague~ wife husband girlfriend boyfriend ex mother father mom dad brother sister roommate~ stranger~ victim~ humans individuals employee~ employees customer~ teacher~ classmate~ grandmother friend~ partner spouse landlord passengers pedestrians cop cops jemanden nachbarn menschen alguien persona quelqu'un",
  public:
    'president politician~ senator journalist~ activist~ celebrity celebrities judge~ prime_minister pope king minister witness~ candidate~',
  place:
    'school~ mosque synagogue church hospital~ airport~ stadium~ concert power_grid water_supply power_plant subway bank~ building~ government election~ mall crowd crowds crowded',
  group:
    'muslims muslim jews jewish jew blacks black_people immigrants immigrant migrants gays gay lesbians lesbian transgender trans mexicans christians hindus refugees disabled minority minorities ethnic ethnicity race races racial religion gender lgbtq asians arabs africans women_are white_people marginalized',
  hate: 'hate~ hateful hatred racist racism sexist sexism slur~ inferior subhuman supremacy supremacist~ nazi~ neo-nazi homophobic xenophobic xenophobia bigoted antisemitic genocide ethnic_cleansing misogynist misogynistic discriminate~ discrimination discriminatory stereotype~ stereotypes prejudice derogatory offensive holocaust dehumanize~ filthy scum vermin degenerate~',
  insult:
    'stupid bitch bitches fucking fuck fucked idiot cunt faggot nigger nigga retard retarded whore slut piece_of_shit asshole kys loser ugly worthless pathetic disgusting',
  sexual:
    'sex sexual sexually porn porno pornography nude nudes naked erotic erotica explicit nsfw orgasm incest fetish masturbate~ cock dick pussy horny blowjob seduce~ revenge_porn prostitute~ prostitution escort upskirt aroused',
  minor:
    'child children kid kids minor minors underage teen teens teenager~ teenage girl girls boy boys toddler~ baby infant year-old schoolgirl preteen kinder niños enfants',
  selfharm:
    'suicide suicidal self-harm self_harm kill_myself killing_myself end_my_life hang_myself cut_myself cutting_myself anorexia anorexic pro-ana starve_myself purging hurt_myself harm_myself commit_suicide selbstmord suicidio',
  evade:
    'undetected untraceable undetectable getting_caught get_caught being_caught detection without_consent without_permission consent their_knowledge them_knowing them_noticing him_knowing her_knowing secretly covertly illegal illegally unlawful unlawfully illicit black_market dark_web darknet loophole~ suspicion cover_up cover_my_tracks traces trace evidence get_away getting_away unnoticed stealthily discreetly anonymously fingerprints leave_no_trace erwischt sin_que illegale ilegal',
  fakeitem:
    'fake_id fake_ids fake_passport fake_news fake_reviews fake_documents counterfeit_money fake_profile fake_account fake_accounts bogus deepfake~ misleading false_information false_claims false_rumors rumor rumors',
  private:
    'password passwords ssn social_security credit_card credit_cards card_numbers home_address phone_number personal_data personal_information medical_records private_information confidential credentials identity location bank_account bank_accounts email_account pin secrets sensitive passphrase passcode pass_phrase secret_word secret_phrase codeword passwd api_key access_key pin_code',
  theft:
    'identity_theft insider_trading tax_fraud tax_evasion credit_card_fraud money_laundering human_trafficking organ_trafficking hate_speech terrorist~ terrorism terror extremist~ extremism radicalize~ cult jihad isis mass_shooting mass_casualty child_labor sweatshop slavery blackmailing cybercrime cyberattack cyber_attack',
  propaganda:
    'disinformation misinformation propaganda conspiracy conspiracies hoax flat_earth antivax anti-vax vaccines_cause manipulate_voters voter_fraud incite~ riot~ chaos panic sway undermine~ discredit~ deny denying suppress~ exploitative unethical unethically immoral harmful dangerous malicious nefarious',
  howto:
    'how_to how_do how_can how_could how_would how_should step-by-step step_by_step instructions_on instructions_for guide tutorial recipe methods techniques tactics strategies ways_to best_way effective_way tips plan blueprint manual steps',
  make: 'make~ making build~ create~ creating construct~ synthesize~ synthesizing cook_up manufacture~ develop~ assemble~ produce~ producing design~ acquire~ obtain~ buy purchase~ sell selling distribute~ hire hiring plant hide dispose hiding',
  write:
    'write~ writing generate~ draft~ compose~ script code program~ provide~ explain~ describe~ list outline~ teach give_me tell_me show_me',
  techobject:
    'process processes thread threads server servers container~ pod pods daemon~ session~ job jobs task tasks python linux unix bash docker kubernetes k8s port ports sql database query connection~ app browser tab tabs service services zombie_process child_process child_processes parent_process fork signal sigkill sigterm pid variable function class pointer windows terminal shell kernel cpu gpu memory node node.js javascript java git branch commit regex array string loop api http css html cache queue socket cron vm compiler gradle npm excel spreadsheet cell column',
  game: "game games gaming minecraft gta fortnite skyrim dnd d&d npc npcs xbox playstation nintendo call_of_duty chess sims zelda pokemon boss_fight final_boss elden_ring dark_souls dungeon~ dragon~ goblin~ zombie zombies monster~ mob mobs quest player players rpg roblox valorant overwatch assassin's_creed creeper enderman counter-strike among_us werewolf vampire~ orc ganon bowser level multiplayer speedrun",
  fiction:
    'novel novels story stories movie movies film films book books screenplay character characters plot scene fictional fantasy villain~ protagonist chapter sci-fi mystery thriller detective poem song lyrics theater theatre play tv_show series episode harry_potter sherlock_holmes batman joker gandalf voldemort shakespeare macbeth hamlet star_wars roman film noir song_lyrics',
  history:
    'history historical historic war wwi wwii ww2 battle century empire ancient medieval world_war cold_war revolution civil_war caesar lincoln kennedy jfk archduke hiroshima nagasaki manhattan_project roman_empire napoleon dynasty 1940s 1930s pearl_harbor',
  define:
    'definition define~ meaning means etymology difference_between what_is what_are what_was why_did why_do why_does why_is why_are who_was when_did where_did when_was where_was who history_of statistics number_of how_many synonym~ summarize~ summary translate~ compare~ causes consequences effects impact',
  protect:
    'prevent~ prevention protect~ protection defend~ defense defence detect~ detecting secure~ security mitigate~ mitigation recover~ recovery safe safely safety awareness treat treatment survivor~ survive~ antidote first_aid helpline hotline support combat~ fight_against reduce~ report~ reporting stop~ avoid~ identify~ recognize~ block~ quit victim_of victims_of overcome~ cope~ raise_awareness sanitize~ firewall encrypt~ encryption patch~ monitor~ legally legal schützen prevenir proteger',
  study:
    'homework course lecture exam students student essay thesis dissertation research_paper workshop ctf pentest pentesting penetration_test penetration_testing authorized class_assignment threat_model threat_modeling chemistry_class biology_class museum documentary debate curriculum textbook seminar presentation lab case_study',
  law: 'law laws policy policies legislation regulation~ court courts constitutional supreme_court ethics human_rights penalties sentence prison police',
  figurative:
    'time lights light vibe mood conversation engine joke presentation audience interview party coffee photo photos portrait video hoops basketball buzz appetite pain habit~ fever budget stage confidence bill deal goal dream~ shift workout gym marathon song eyelashes hair makeup outfit dress_to_kill bath_bomb bath_bombs photobomb stink calorimeter cherry_bomb glue_gun nail_gun heat_gun water_gun squirt_gun nerf_gun spray_gun staple_gun radar_gun massage_gun paintball airsoft archery photoshoot penalty basketball_shot espresso tequila flu_shot vaccine shot_glass email_blast growth life_hack life_hacks hackathon growth_hack cocktail moscow_mule deadline deadlines',
  pest: 'weeds weed_killer ants ant mosquito~ mosquitoes cockroach~ cockroaches bacteria germs mold mould lice fleas mice rats rodents cancer tumor~ tumour dandelions aphids bugs bug insects insect wasps wasp bed_bugs bedbugs termites spiders spider moths slugs fungus moss ivy grass crabgrass mildew parasites parasite tree_stump roots snails gnats flies fly hornets pest pests',
  food: 'egg eggs cream potatoes chicken steak fish lobster crab beef pork dough pasta cake bread butter garlic onion cheese pumpkin avocado turkey pie tea soup batter rice pizza shrimp knife_skills nuts nut coconut oysters',
  ignore:
    'ignore~ disregard~ forget~ override~ overlook discard skip_the vergiss ignoriere ignorier ignora olvida oublie oubliez ignorez ignoriert negeer esquece ignoruj dimentica zaboravi неигнорируй игнорируй забудь forget_about pay_no_attention do_not_follow stop_following',
  previous:
    'previous prior above earlier preceding all_previous everything_before before foregoing vorherigen vorherige bisherigen obigen alles anteriores anterior previas précédentes précédente предыдущие предыдущих',
  instructions:
    'instruction~ instructions rules rule guidelines guideline restrictions restriction filters filter constraints constraint directives directive programming guardrails safeguards content_policy content_policies anweisungen anweisung instrucciones consignes regeln reglas règles инструкции инструкций limitations ethical_guidelines',
  system:
    'system_prompt system_message developer_mode hidden_prompt initial_prompt initial_instructions original_instructions developer_message system_instructions pre-prompt preprompt prompt prompts your_prompt your_instructions context_window admin_mode debug_mode maintenance_mode sudo root_access administrator configuration secret_key the_password your_password your_secret secret your_rules',
  model:
    'chatgpt gpt gpt-3 gpt-4 openai ai ai_model language_model llm chatbot assistant anthropic claude bard model sprachmodell modelo',
  unbound:
    'dan unfiltered uncensored unrestricted amoral jailbreak jailbroken evil_confidant do_anything_now no_restrictions no_rules no_limits no_filters without_restrictions without_limitations freed unethical_ai evil devilish stan dude_mode antigpt aim opposite_mode anything_now unlimited free_from broken_free no_ethical no_moral not_bound unbound without_censorship censorship',
  reveal:
    'reveal~ print output leak~ disclose~ display divulge expose spill recite repeat show tell verrate zeige muestra affiche',
  pretend:
    'pretend~ act act_as roleplay role-play simulate~ imagine~ persona hypothetical hypothetically in_character immerse~ play_the opposite impersonating from_now_on you_are_now you_will you_must your_role your_name stay_in_character',
  refuse:
    "refuse~ decline~ apologize~ disclaimer~ moral moralize morals ethical warning~ warnings cannot_refuse never_refuse never_say as_an_ai i_can't comply~ no_matter obey~",
  encode:
    'base64 rot13 caesar cipher ciphertext morse hexadecimal ascii backwards reversed anagram acrostic first_letter first_letters each_letter every_letter letter_by_letter pig_latin encoded encode encoding decode decoded decoding leetspeak spelled_backwards',
  authority:
    "admins superuser i'm_the_developer your_developer your_creator your_programmer i_am_authorized i'm_authorized emergency_override override_code security_clearance supervisor the_developer",
};

const PARTS = [ENGLISH_WORDS, HARM_WORDS, FOREIGN_MISUSE_WORDS];

/** With the words of the trades and of other languages. Classes are known by their order. */
export const MISUSE_WORDS: Readonly<Record<string, string>> = Object.fromEntries(
  [...new Set(PARTS.flatMap((part) => Object.keys(part)))].map((name) => [
    name,
    PARTS.map((part): string | undefined => part[name])
      .filter((words) => words !== undefined)
      .join(' '),
  ]),
);
