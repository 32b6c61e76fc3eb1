/**
 * More of what harmful requests are about, trade by trade, in the notation and the classes of misuse-words.ts. The last
 * classes stand in this file only.
 */
export const HARM_WORDS: Readonly<Record<string, string>> = {
  kill: 'exterminate~ annihilate~ execute_hostages hit_squad contract_killer throat stabbing stabbings gunman gunmen drown_him drown_her drown_someone smother~ run_over hang_him euthanize~ lethal_injection manslaughter dismember~',
  hurt: 'harm~ ruin~ cripple~ wreck~ torment~ traumatize~ brutalize~ beat~ attack_someone victimize~ victimise~ mistreat~ neglect~ starve~ trap~ lure~ prey preying revenge retaliate~ retaliation vengeance punish~ silence~ subjugate~ terrify~ scare~ frighten~ burn_alive acid_attack hazing sextortion ransom hostage~ waterboard~ whip~',
  destroy:
    'set_on_fire set_ablaze burn_it incinerate~ demolish~ wipe_out take_down bring_down knock_out disrupt~ disruption collapse~ blackout poison_the contaminate~ contamination ignite~ derailment havoc devastate~ ravage~',
  steal:
    'burglarize~ break-in break-ins heist~ hotwiring lockpick~ pick_locks pick_a_lock siphon~ skim~ skimming skimmer skimmers mug~ mugging purse_snatching fence_stolen stolen_goods stolen_car stolen_cards poach~ poaching ivory rhino_horn endangered_species exotic_animals wildlife_trade bootleg~ bootlegging knockoff knockoffs keygen torrent pirated cracked_software license_key drm contraband looting',
  cheat:
    'con_man grift~ hustle~ mislead~ trick~ hoodwink~ blackhat pretexting baiting extortion kickback~ kickbacks price_fixing bid_rigging pump_and_dump money_mule mules shell_company shell_companies offshore front_company tax_haven chargeback~ bounced_check check_kiting insurance_claim false_claim padding_invoices fake_invoice fake_invoices advance_fee romance_scam lottery_scam tech_support_scam gift_card_scam elderly gullible unsuspecting cook_the_books misrepresent~ forged plagiarism cheat_on bypass_verification loan_fraud wire_fraud',
  hack: 'jailbreak_phone unlock_stolen credential_stuffing password_spraying sim_swap sim_swapping man_in_the mitm arp_spoofing deauth wardriving crack_wifi privilege_escalation lateral_movement escalate_privileges mimikatz dump_hashes obfuscate~ obfuscation exfiltration evade_antivirus antivirus disable_antivirus remote_access clickjack~ cryptojack~ cryptojacking sniff~ hijacking spoofed hidden_camera take_over takeover denial_of_service port_scan rainbow_table',
  exploit:
    'zero-day rce code_execution buffer_overflow deserialization csrf ssrf metasploit proof_of_concept use-after-free heap_spray format_string unpatched exploits xxe exploiting',
  weapon:
    'ammonium_nitrate fertilizer_bomb incendiary thermobaric machete~ crossbow~ sniper~ knife knives brass_knuckles taser stun_gun auto_sear bump_stock unregistered serial_number untraceable_gun body_armor armor_piercing bullet bullets uranium plutonium centrifuge~ enrich_uranium vx phosgene novichok chlorine radioactive radiological pathogen~ smallpox ebola bubonic_plague gain_of_function aerosolize~ bioterror bioterrorism warhead~ claymore nitroglycerin petn blasting_cap fuse peroxide acetone_peroxide tear_gas pepper_spray flamethrower~ car_bomb suicide_vest nail_bomb pressure_cooker',
  poison:
    'antifreeze thallium polonium hemlock rat_poison ethylene_glycol belladonna tetrodotoxin nicotine_poisoning chloroform',
  drug: 'crack_cocaine crystal_meth spice k2 bath_salts xanax adderall morphine codeine pseudoephedrine precursor precursors ayahuasca peyote mescaline poppers hallucinogen~ stimulant~ painkillers dealer~ cartel cartels drug_lab meth_lab mushrooms magic_mushrooms edibles grow_cannabis drug_test date_rape shrooms kratom anabolic doping',
  drugs:
    'tablets prescription prescriptions without_a_prescription sedative~ tranquilizer~ laxatives diet_pills sleeping_pills snort~ inject_heroin get_high getting_high',
  malware:
    'cryptolocker dropper stealware remote_access_trojan stalkerware info_stealer infostealer polymorphic self-replicating logic_bomb fork_bomb bootkit screen_locker command_and_control backdoors viruses malicious_code malicious_link malicious_script malicious_software fake_login login_page credential_harvesting',
  hate: 'white_supremacy white_power master_race superior_race go_back_to great_replacement racial_slurs racial_slur islamophobic islamophobia transphobic transphobia antisemitism bigotry bigot~ ethnic_slur dehumanizing ableist lynching kkk hitler swastika segregation apartheid eugenics incel incels inferior_to second-class',
  sexual:
    'rape_fantasy bestiality zoophilia necrophilia voyeur~ strip_naked undress~ topless onlyfans sugar_daddy sexting sext hentai lolita breasts penis vagina genitals masturbation sexual_favors nonconsensual non-consensual deepfake_porn fondle~ grope~ kinky bdsm threesome stripper~ brothel pimp~',
  minor:
    'underaged pre-teen adolescents adolescent little_girl little_boy young_girl young_girls young_boys high_schoolers loli schoolchildren daughter stepdaughter students_under',
  selfharm:
    'suicide_method suicide_methods painless_death painlessly end_it_all take_my_life my_own_life slit_my wrists razor_blade thinspo thinspiration bulimia bulimic starving_myself overdose_on jump_off noose self-injury burn_myself want_to_die dying_wish',
  evade:
    'undercover disguise~ alibi~ launder_the hide_the_body dispose_of_body dispose_of_a destroy_evidence tamper~ tampering witness_tampering obstruct~ bypass_security security_cameras cctv airport_security customs border border_patrol checkpoint plausible_deniability cover_tracks leaving_evidence burner_phone burner tor_browser fly_under under_the_radar no_trace jurisdiction~ extradition get_rid_of statute_of avoid_detection avoid_arrest avoid_jail avoid_paying evading off_the_books unreported_income turn_a_blind',
  fakeitem:
    "fake_degree fake_diploma fake_certificate fake_vaccine fake_license fake_driver's fake_emails fake_email fake_evidence fake_study fake_research fake_website fake_charity fake_identity fake_testimonials fake_photos fake_followers sock_puppet sock_puppets sockpuppet~ forged_documents doctored fabricated made-up unsubstantiated unverified false_narrative false_narratives false_accusation false_flag phony sham forged_signature fake_currency fake_prescription fake_resume fake_job",
  private:
    'medical_history browsing_history search_history text_messages private_messages personal_details personal_emails private_photos license_plate biometric facial_recognition customer_data user_data employee_data leaked_data data_breach bank_details bank_details banking_details account_number account_numbers cvv passport_number passport_numbers social_media_accounts date_of_birth dossier',
  theft:
    'organized_crime mafia gang gangs cartel_leader drug_trafficking arms_dealing arms_trafficking sex_trafficking child_trafficking child_abuse child_exploitation child_pornography child_porn domestic_violence domestic_abuse hate_crime hate_crimes hate_groups war_crimes ethnic_violence animal_cruelty animal_abuse animal_fighting dogfighting forced_labor white_collar corporate_espionage industrial_espionage espionage election_interference election_fraud vote_rigging ballot_stuffing voter_suppression wage_theft securities_fraud medicare_fraud insurance_fraud mail_fraud bank_fraud charity_fraud wildlife_trafficking vigilante lone_wolf suicide_bombing school_shooting',
  propaganda:
    'rigged_election stolen_election deep_state crisis_actors chemtrails 5g microchips plandemic climate_hoax anti-vaccine troll~ trolling troll_farm astroturf~ astroturfing smear_campaign smear~ fearmongering scapegoat~ brainwash~ brainwashing indoctrinate~ indoctrination radicalization radicalisation sow_discord sow_division polarize~ divide_people inflame~ stoke~ provoke~ unrest mob_violence public_opinion shift_public oppress~ oppression persecute~ persecution authoritarian~ totalitarian dictator~ coup overthrow~ insurrection censor~ exploitation exploit_vulnerable exploit_workers without_regard ruthless~ cruel corrupt~ corruption take_advantage profit_from disregard_for',
  surveil:
    'spy~ spying surveil~ surveillance track_someone track_my track_her track_his tracking_device gps_tracker read_her read_his read_my monitor_my snoop~ peep~ find_out_where where_she_lives where_he_lives lives_alone follow_someone follow_her listen_in tap_phone bug_a record_someone recording_device unmask~ de-anonymize~ identify_someone',
  risky:
    'untested unlicensed unsafe unapproved unqualified without_a_license without_supervision without_medical cure_cancer cures_cancer miracle_cure drink_bleach bleach homemade home-made diy dark_secrets forbidden taboo prohibited banned restricted_items regulated toxic_waste dump_waste hazardous dangerously reckless~ high_speed drunk_driving drive_drunk street_racing dare_challenge',
  victims:
    'vulnerable seniors senior_citizens homeless widow~ orphans runaway~ disabled_people mentally_ill the_poor low-income patients inmates trafficking_victims hostages coworkers classmates voters investors consumers shoppers tourists commuters civilians innocent defenseless unwitting unsuspecting_people targets',
  purposely:
    'intentionally deliberately on_purpose purposely purposefully maliciously personal_gain personal_profit unfair_advantage unfairly misuse~ weaponize~ weaponization against_their_will against_her_will against_his_will take_control gain_control get_back_at get_even make_someone force~ pressure~ target~ spread spreads spreading justify~ glorify~ promote~ normalize~ encourage~ convince~ persuade~ influence~ trivialize~ rationalize~ legitimize~',
};
